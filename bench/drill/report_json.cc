#include "drill/report_json.h"

#include <optional>
#include <string_view>

#include "drill/json_writer.h"

namespace tocsin::drill {
namespace {

void put(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  if (value.has_value()) json.number(key, *value);
}

void put(JsonWriter& json, std::string_view key, const std::optional<uint64_t>& value) {
  if (value.has_value()) json.count(key, *value);
}

void put_setting(JsonWriter& json, const Report& report) {
  json.begin_object("setting");
  json.count("devices", report.connect.devices);
  json.count("stuck", report.connect.stuck);
  json.text("priority", report.priority);
  json.count("payload_bytes", report.payload_bytes);
  json.count("rounds", report.rounds.size());
  json.count("workers", report.workers);
  json.count("cpus", report.cpus);
  json.text("cpu_model", report.cpu_model);
  json.text("kernel", report.kernel);
  json.end_object();
}

void put_connect(JsonWriter& json, const ConnectReport& connect) {
  json.begin_object("connect");
  json.count("connected", connect.connected);
  json.count("failures", connect.failures);
  json.count("reconnects", connect.reconnects);
  json.number("seconds", connect.seconds);
  json.number("handshakes_per_s", connect.handshakes_per_s);
  if (!connect.last_failure.empty()) json.text("last_failure", connect.last_failure);
  json.end_object();
}

void put_memory(JsonWriter& json, const MemoryReport& memory) {
  json.begin_object("memory");
  put(json, "server_rss_bytes_before", memory.server_rss_bytes_before);
  put(json, "server_rss_bytes_after", memory.server_rss_bytes_after);
  json.truth("settled", memory.settled);
  put(json, "user_bytes_per_connection", memory.user_bytes_per_connection);
  put(json, "kernel_bytes_per_connection", memory.kernel_bytes_per_connection);
  if (!memory.kernel_source.empty()) json.text("kernel_source", memory.kernel_source);
  json.end_object();
}

void put_books(JsonWriter& json, const RoundReport& round) {
  if (!round.books.has_value()) return;
  json.begin_object("books");
  json.count("targeted", round.books->targeted);
  json.count("pending", round.books->pending);
  json.count("delivered", round.books->delivered);
  json.count("expired", round.books->expired);
  json.count("dropped", round.books->dropped);
  json.end_object();
}

void put_round(JsonWriter& json, const RoundReport& round) {
  json.begin_object();
  json.text("message_id", round.message_id);
  json.count("expected", round.expected);
  json.count("delivered", round.delivered);
  json.count("missing", round.missing);
  json.count("duplicates", round.app_duplicates);
  json.count("wire_duplicates", round.wire_duplicates);
  json.number("accepted_ms", round.accepted_ms);
  json.number("p50_ms", round.p50_ms);
  json.number("p90_ms", round.p90_ms);
  json.number("p99_ms", round.p99_ms);
  json.number("p99_9_ms", round.p99_9_ms);
  json.number("p100_ms", round.p100_ms);
  put(json, "server_cpu_us_per_delivery", round.server_cpu_us_per_delivery);
  put(json, "server_cpu_us_per_delivery_and_acks", round.server_cpu_us_per_delivery_and_acks);
  put_books(json, round);
  json.truth("books_closed", round.books_closed);
  json.number("books_ms", round.books_ms);
  json.end_object();
}

void put_spread(JsonWriter& json, std::string_view key, const std::optional<Spread>& spread) {
  if (!spread.has_value()) return;
  json.begin_object(key);
  json.number("median", spread->median);
  json.number("min", spread->min);
  json.number("max", spread->max);
  json.end_object();
}

void put_spreads(JsonWriter& json, const std::vector<RoundReport>& rounds) {
  json.begin_object("spread");
  put_spread(json, "accepted_ms", spread_over(rounds, &RoundReport::accepted_ms));
  put_spread(json, "p50_ms", spread_over(rounds, &RoundReport::p50_ms));
  put_spread(json, "p90_ms", spread_over(rounds, &RoundReport::p90_ms));
  put_spread(json, "p99_ms", spread_over(rounds, &RoundReport::p99_ms));
  put_spread(json, "p99_9_ms", spread_over(rounds, &RoundReport::p99_9_ms));
  put_spread(json, "p100_ms", spread_over(rounds, &RoundReport::p100_ms));
  put_spread(json, "server_cpu_us_per_delivery",
             spread_over(rounds, &RoundReport::server_cpu_us_per_delivery));
  put_spread(json, "server_cpu_us_per_delivery_and_acks",
             spread_over(rounds, &RoundReport::server_cpu_us_per_delivery_and_acks));
  json.end_object();
}

}  // namespace

std::string report_json(const Report& report, const std::vector<std::string>& missed) {
  JsonWriter json;
  json.begin_object();
  json.count("format", 1);
  json.truth("all_well", all_well(report));
  put_setting(json, report);
  json.begin_object("measures");
  for (const auto& [name, value] : measures_of(report)) json.number(name, value);
  json.end_object();
  put_connect(json, report.connect);
  put_memory(json, report.memory);
  json.begin_array("rounds");
  for (const RoundReport& round : report.rounds) put_round(json, round);
  json.end_array();
  put_spreads(json, report.rounds);
  json.begin_array("missed_targets");
  for (const std::string& line : missed) json.text({}, line);
  json.end_array();
  json.end_object();
  return json.document();
}

}  // namespace tocsin::drill
