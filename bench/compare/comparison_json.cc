#include "compare/comparison_json.h"

#include <optional>
#include <string_view>

#include "figures/document.h"
#include "figures/json_writer.h"

namespace tocsin::compare {
namespace {

using figures::JsonWriter;

void put(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  if (value.has_value()) json.number(key, *value);
}

void put(JsonWriter& json, std::string_view key, const std::optional<figures::Spread>& spread) {
  if (spread.has_value()) figures::put_spread(json, key, *spread);
}

void put_setting(JsonWriter& json, const Comparison& comparison) {
  json.begin_object("setting");
  json.count("devices", comparison.devices);
  json.count("payload_bytes", comparison.payload_bytes);
  json.count("passes", comparison.passes);
  json.count("rounds", comparison.rounds);
  json.count("cpus", comparison.cpus);
  json.text("cpu_model", comparison.cpu_model);
  json.text("kernel", comparison.kernel);
  json.text("command_line", comparison.command_line);
  json.end_object();
}

void put_round(JsonWriter& json, const Round& round) {
  json.begin_object();
  json.count("delivered", round.delivered);
  json.count("missing", round.missing);
  json.count("duplicates", round.duplicates);
  put(json, "cpu_us_per_delivery", round.cpu_us_per_delivery);
  put(json, "cpu_us_per_delivery_and_acks", round.cpu_us_per_delivery_and_acks);
  json.number("p50_ms", round.p50_ms);
  json.number("p99_ms", round.p99_ms);
  json.number("p100_ms", round.p100_ms);
  json.end_object();
}

void put_visit(JsonWriter& json, const Visit& visit) {
  json.begin_object();
  json.text("cipher", visit.cipher);
  json.number("connect_s", visit.connect_s);
  json.truth("memory_settled", visit.memory_settled);
  put(json, "user_bytes_per_connection", visit.user_bytes);
  put(json, "kernel_bytes_per_connection", visit.kernel_bytes);
  json.count("lost_clients", visit.lost_clients);
  if (!visit.last_loss.empty()) json.text("last_loss", visit.last_loss);
  json.begin_array("rounds");
  for (const Round& round : visit.rounds) put_round(json, round);
  json.end_array();
  json.end_object();
}

void put_summary(JsonWriter& json, const PeerSummary& summary) {
  put(json, "user_bytes_per_connection", summary.user_bytes);
  put(json, "kernel_bytes_per_connection", summary.kernel_bytes);
  put(json, "cpu_us_per_delivery", summary.cpu_us);
  put(json, "cpu_us_per_delivery_and_acks", summary.cpu_us_and_acks);
  put(json, "p50_ms", std::optional(summary.p50_ms));
  put(json, "p99_ms", std::optional(summary.p99_ms));
  put(json, "p100_ms", std::optional(summary.p100_ms));
  json.count("delivered", summary.delivered);
  json.count("missing", summary.missing);
  json.count("duplicates", summary.duplicates);
}

void put_peer(JsonWriter& json, const PeerReport& peer) {
  json.begin_object();
  json.text("name", peer.name);
  json.text("title", peer.title);
  json.text("version", peer.version);
  if (!peer.absent.empty()) json.text("absent", peer.absent);
  if (!peer.visits.empty()) put_summary(json, summary_of(peer));
  json.begin_array("visits");
  for (const Visit& visit : peer.visits) put_visit(json, visit);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string comparison_json(const Comparison& comparison, const std::vector<std::string>& missed) {
  JsonWriter json;
  json.begin_object();
  json.count("format", 1);
  json.truth("all_well", all_well(comparison));
  put_setting(json, comparison);
  figures::put_measures(json, measures_of(comparison));
  json.begin_array("peers");
  for (const PeerReport& peer : comparison.peers) put_peer(json, peer);
  json.end_array();
  figures::put_missed_targets(json, missed);
  json.end_object();
  return json.document();
}

}  // namespace tocsin::compare
