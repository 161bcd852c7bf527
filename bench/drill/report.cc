#include "drill/report.h"

#include <algorithm>

namespace tocsin::drill {

figures::Spread spread_over(const std::vector<RoundReport>& rounds, double RoundReport::*member) {
  std::vector<double> values;
  for (const RoundReport& round : rounds) values.push_back(round.*member);
  return figures::spread_of(std::move(values));
}

std::optional<figures::Spread> spread_over(const std::vector<RoundReport>& rounds,
                                           std::optional<double> RoundReport::*member) {
  std::vector<double> values;
  for (const RoundReport& round : rounds) {
    if ((round.*member).has_value()) values.push_back(*(round.*member));
  }
  if (values.empty()) return std::nullopt;
  return figures::spread_of(std::move(values));
}

uint64_t total_over(const std::vector<RoundReport>& rounds, uint64_t RoundReport::*member) {
  uint64_t total = 0;
  for (const RoundReport& round : rounds) total += round.*member;
  return total;
}

uint64_t rounds_not_closed(const std::vector<RoundReport>& rounds) {
  return static_cast<uint64_t>(std::count_if(
      rounds.begin(), rounds.end(), [](const RoundReport& round) { return !round.books_closed; }));
}

std::vector<RoundReport> all_rounds(const Report& report) {
  std::vector<RoundReport> all = report.rounds;
  for (const CompetingReport& round : report.competing) {
    all.push_back(round.broadcast);
    all.push_back(round.alert);
  }
  return all;
}

std::optional<figures::Spread> spread_over(const std::vector<CompetingReport>& rounds,
                                           double CompetingReport::*member) {
  if (rounds.empty()) return std::nullopt;
  std::vector<double> values;
  for (const CompetingReport& round : rounds) values.push_back(round.*member);
  return figures::spread_of(std::move(values));
}

std::optional<figures::Spread> competing_p100_ms(const Report& report) {
  if (report.competing.empty()) return std::nullopt;
  std::vector<double> values;
  for (const CompetingReport& round : report.competing) values.push_back(round.alert.p100_ms);
  return figures::spread_of(std::move(values));
}

namespace {

void put(figures::Measures& measures, const char* name, const std::optional<double>& value) {
  if (value.has_value()) measures[name] = *value;
}

std::optional<double> median_of(const std::optional<figures::Spread>& spread) {
  if (!spread.has_value()) return std::nullopt;
  return spread->median;
}

void put_connections(const Report& report, figures::Measures& measures) {
  const ConnectReport& connect = report.connect;
  measures["not_connected"] = static_cast<double>(connect.devices - connect.connected);
  measures["reconnects"] = static_cast<double>(connect.reconnects);
  measures["handshakes_per_s"] = connect.handshakes_per_s;
  measures["handshakes_full"] = static_cast<double>(connect.handshakes_full);
  measures["handshakes_resumed"] = static_cast<double>(connect.handshakes_resumed);
  const MemoryReport& memory = report.memory;
  put(measures, "user_bytes_per_connection", memory.user_bytes_per_connection);
  put(measures, "kernel_bytes_per_connection", memory.kernel_bytes_per_connection);
  put(measures, "worker_bytes_per_connection", memory.worker_bytes_per_connection);
  put(measures, "slab_bytes_per_connection", memory.slab_bytes_per_connection);
  put(measures, "machine_bytes_per_connection", memory.machine_bytes_per_connection);
}

void put_counts(const std::vector<RoundReport>& rounds, figures::Measures& measures) {
  measures["missing"] = static_cast<double>(total_over(rounds, &RoundReport::missing));
  measures["duplicates"] = static_cast<double>(total_over(rounds, &RoundReport::app_duplicates));
  measures["wire_duplicates"] =
      static_cast<double>(total_over(rounds, &RoundReport::wire_duplicates));
  measures["books_not_closed"] = static_cast<double>(rounds_not_closed(rounds));
}

void put_times(const std::vector<RoundReport>& rounds, figures::Measures& measures) {
  measures["accepted_ms"] = spread_over(rounds, &RoundReport::accepted_ms).median;
  measures["p50_ms"] = spread_over(rounds, &RoundReport::p50_ms).median;
  measures["p90_ms"] = spread_over(rounds, &RoundReport::p90_ms).median;
  measures["p99_ms"] = spread_over(rounds, &RoundReport::p99_ms).median;
  measures["p99_9_ms"] = spread_over(rounds, &RoundReport::p99_9_ms).median;
  measures["p100_ms"] = spread_over(rounds, &RoundReport::p100_ms).median;
  measures["books_ms"] = spread_over(rounds, &RoundReport::books_ms).median;
  put(measures, "server_cpu_us_per_delivery",
      median_of(spread_over(rounds, &RoundReport::server_cpu_us_per_delivery)));
  put(measures, "server_cpu_us_per_delivery_and_acks",
      median_of(spread_over(rounds, &RoundReport::server_cpu_us_per_delivery_and_acks)));
}

void put_tail(const Report& report, figures::Measures& measures) {
  std::vector<double> between_servers;
  for (const RoundReport& round : report.rounds) {
    const std::optional<figures::Spread>& spread = round.spread_between_servers_ms;
    if (spread.has_value()) between_servers.push_back(spread->max - spread->min);
  }
  if (!between_servers.empty()) {
    measures["spread_between_servers_ms"] = figures::spread_of(std::move(between_servers)).median;
  }
  std::vector<double> between_shards;
  for (const RoundReport& round : report.rounds) {
    const std::optional<figures::Spread>& spread = round.fan_out_of_shards_ms;
    if (spread.has_value()) between_shards.push_back(spread->max - spread->min);
  }
  if (!between_shards.empty()) {
    measures["spread_between_shards_ms"] = figures::spread_of(std::move(between_shards)).median;
  }
  if (report.stuck.has_value() && report.stuck->closed_by_server.has_value()) {
    measures["stuck_closed"] = static_cast<double>(*report.stuck->closed_by_server);
  }
  if (report.competing.empty()) return;
  measures["alert_alone_p100_ms"] = spread_over(report.rounds, &RoundReport::p100_ms).median;
  put(measures, "alert_competing_p100_ms", median_of(competing_p100_ms(report)));
  put(measures, "competing_p100_ratio",
      median_of(spread_over(report.competing, &CompetingReport::p100_ratio)));
  put(measures, "broadcast_percent_at_alert",
      median_of(spread_over(report.competing, &CompetingReport::broadcast_percent_at_alert)));
}

}  // namespace

figures::Measures measures_of(const Report& report) {
  figures::Measures measures;
  put_connections(report, measures);
  put_counts(all_rounds(report), measures);
  put_times(report.rounds, measures);
  put_tail(report, measures);
  return measures;
}

bool all_well(const Report& report) {
  return report.connect.connected == report.connect.devices &&
         total_over(all_rounds(report), &RoundReport::missing) == 0 &&
         total_over(all_rounds(report), &RoundReport::app_duplicates) == 0;
}

}  // namespace tocsin::drill
