#include "drill/report_json.h"

#include <optional>
#include <string>
#include <string_view>

#include "figures/document.h"
#include "figures/json_writer.h"

namespace tocsin::drill {
namespace {

using figures::JsonWriter;

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
  json.count("workers_at_once", report.workers_at_once);
  json.count("servers", report.servers);
  json.count("asked_devices", report.asked_devices);
  if (!report.limited_by.empty()) json.text("limited_by", report.limited_by);
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
  json.count("handshakes_full", connect.handshakes_full);
  json.count("handshakes_resumed", connect.handshakes_resumed);
  if (!connect.last_failure.empty()) json.text("last_failure", connect.last_failure);
  json.end_object();
}

void put_memory(JsonWriter& json, const MemoryReport& memory) {
  json.begin_object("memory");
  const auto put_looks = [&](const std::string& name, std::optional<uint64_t> MemoryLook::*member) {
    put(json, name + "_before", memory.before.*member);
    put(json, name + "_after", memory.after.*member);
  };
  put_looks("server_rss_bytes", &MemoryLook::servers_rss_bytes);
  put_looks("worker_rss_bytes", &MemoryLook::workers_rss_bytes);
  put_looks("coordinator_rss_bytes", &MemoryLook::coordinator_rss_bytes);
  put_looks("slab_bytes", &MemoryLook::slab_bytes);
  put_looks("available_bytes", &MemoryLook::available_bytes);
  json.truth("settled", memory.settled);
  put(json, "user_bytes_per_connection", memory.user_bytes_per_connection);
  put(json, "kernel_bytes_per_connection", memory.kernel_bytes_per_connection);
  put(json, "worker_bytes_per_connection", memory.worker_bytes_per_connection);
  put(json, "slab_bytes_per_connection", memory.slab_bytes_per_connection);
  put(json, "machine_bytes_per_connection", memory.machine_bytes_per_connection);
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

void put(JsonWriter& json, std::string_view key, const std::optional<figures::Spread>& spread) {
  if (spread.has_value()) figures::put_spread(json, key, *spread);
}

void put_round(JsonWriter& json, std::string_view key, const RoundReport& round) {
  json.begin_object(key);
  json.text("message_id", round.message_id);
  if (!round.message_ids.empty()) {
    json.begin_array("message_ids");
    for (const std::string& id : round.message_ids) json.text({}, id);
    json.end_array();
  }
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
  put(json, "spread_between_servers_ms", round.spread_between_servers_ms);
  put(json, "fan_out_of_shards_ms", round.fan_out_of_shards_ms);
  put_books(json, round);
  json.truth("books_closed", round.books_closed);
  json.number("books_ms", round.books_ms);
  json.end_object();
}

void put_spreads(JsonWriter& json, const Report& report) {
  const std::vector<RoundReport>& rounds = report.rounds;
  json.begin_object("spread");
  put(json, "accepted_ms", spread_over(rounds, &RoundReport::accepted_ms));
  put(json, "p50_ms", spread_over(rounds, &RoundReport::p50_ms));
  put(json, "p90_ms", spread_over(rounds, &RoundReport::p90_ms));
  put(json, "p99_ms", spread_over(rounds, &RoundReport::p99_ms));
  put(json, "p99_9_ms", spread_over(rounds, &RoundReport::p99_9_ms));
  put(json, "p100_ms", spread_over(rounds, &RoundReport::p100_ms));
  put(json, "server_cpu_us_per_delivery",
      spread_over(rounds, &RoundReport::server_cpu_us_per_delivery));
  put(json, "server_cpu_us_per_delivery_and_acks",
      spread_over(rounds, &RoundReport::server_cpu_us_per_delivery_and_acks));
  put(json, "alert_competing_p100_ms", competing_p100_ms(report));
  put(json, "competing_p100_ratio", spread_over(report.competing, &CompetingReport::p100_ratio));
  json.end_object();
}

void put_competing(JsonWriter& json, const std::vector<CompetingReport>& rounds) {
  if (rounds.empty()) return;
  json.begin_array("competing");
  for (const CompetingReport& round : rounds) {
    json.begin_object();
    json.number("p100_ratio", round.p100_ratio);
    json.number("broadcast_percent_at_alert", round.broadcast_percent_at_alert);
    put_round(json, "alert", round.alert);
    put_round(json, "broadcast", round.broadcast);
    json.end_object();
  }
  json.end_array();
}

void put_stuck(JsonWriter& json, const Report& report) {
  if (!report.stuck.has_value()) return;
  json.begin_object("stuck");
  json.count("unread_bytes", report.stuck->unread_bytes);
  put(json, "closed_by_server", report.stuck->closed_by_server);
  json.end_object();
}

}  // namespace

std::string report_json(const Report& report, const std::vector<std::string>& missed) {
  JsonWriter json;
  json.begin_object();
  json.count("format", 1);
  json.truth("all_well", all_well(report));
  put_setting(json, report);
  figures::put_measures(json, measures_of(report));
  put_connect(json, report.connect);
  put_memory(json, report.memory);
  json.begin_array("rounds");
  for (const RoundReport& round : report.rounds) put_round(json, {}, round);
  json.end_array();
  put_competing(json, report.competing);
  put_stuck(json, report);
  put_spreads(json, report);
  figures::put_missed_targets(json, missed);
  json.end_object();
  return json.document();
}

}  // namespace tocsin::drill
