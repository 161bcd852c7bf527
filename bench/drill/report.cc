#include "drill/report.h"

#include <algorithm>

namespace tocsin::drill {

Spread spread_over(const std::vector<RoundReport>& rounds, double RoundReport::*member) {
  std::vector<double> values;
  for (const RoundReport& round : rounds) values.push_back(round.*member);
  return spread_of(std::move(values));
}

std::optional<Spread> spread_over(const std::vector<RoundReport>& rounds,
                                  std::optional<double> RoundReport::*member) {
  std::vector<double> values;
  for (const RoundReport& round : rounds) {
    if ((round.*member).has_value()) values.push_back(*(round.*member));
  }
  if (values.empty()) return std::nullopt;
  return spread_of(std::move(values));
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

Measures measures_of(const Report& report) {
  Measures measures;
  const auto put = [&](const char* name, const std::optional<double>& value) {
    if (value.has_value()) measures[name] = *value;
  };
  const ConnectReport& connect = report.connect;
  measures["not_connected"] = static_cast<double>(connect.devices - connect.connected);
  measures["reconnects"] = static_cast<double>(connect.reconnects);
  measures["handshakes_per_s"] = connect.handshakes_per_s;
  put("user_bytes_per_connection", report.memory.user_bytes_per_connection);
  put("kernel_bytes_per_connection", report.memory.kernel_bytes_per_connection);
  const std::vector<RoundReport>& rounds = report.rounds;
  measures["missing"] = static_cast<double>(total_over(rounds, &RoundReport::missing));
  measures["duplicates"] = static_cast<double>(total_over(rounds, &RoundReport::app_duplicates));
  measures["wire_duplicates"] =
      static_cast<double>(total_over(rounds, &RoundReport::wire_duplicates));
  measures["books_not_closed"] = static_cast<double>(rounds_not_closed(rounds));
  measures["accepted_ms"] = spread_over(rounds, &RoundReport::accepted_ms).median;
  measures["p50_ms"] = spread_over(rounds, &RoundReport::p50_ms).median;
  measures["p90_ms"] = spread_over(rounds, &RoundReport::p90_ms).median;
  measures["p99_ms"] = spread_over(rounds, &RoundReport::p99_ms).median;
  measures["p99_9_ms"] = spread_over(rounds, &RoundReport::p99_9_ms).median;
  measures["p100_ms"] = spread_over(rounds, &RoundReport::p100_ms).median;
  measures["books_ms"] = spread_over(rounds, &RoundReport::books_ms).median;
  const auto median = [&](std::optional<double> RoundReport::*member) -> std::optional<double> {
    const std::optional<Spread> spread = spread_over(rounds, member);
    if (!spread.has_value()) return std::nullopt;
    return spread->median;
  };
  put("server_cpu_us_per_delivery", median(&RoundReport::server_cpu_us_per_delivery));
  put("server_cpu_us_per_delivery_and_acks",
      median(&RoundReport::server_cpu_us_per_delivery_and_acks));
  return measures;
}

bool all_well(const Report& report) {
  return report.connect.connected == report.connect.devices &&
         total_over(report.rounds, &RoundReport::missing) == 0 &&
         total_over(report.rounds, &RoundReport::app_duplicates) == 0;
}

}  // namespace tocsin::drill
