#include "compare/comparison.h"

#include <algorithm>
#include <fmt/format.h>

#include "compare/options.h"
#include "harness/proc.h"

namespace tocsin::bench::compare {
namespace {

// -- What there is to tell of a server ---------------------------------------------------------------

constexpr std::pair<const char*, std::optional<double> Visit::*> visit_figures[] = {
    {"user_bytes_per_connection", &Visit::user_bytes_per_connection},
    {"kernel_bytes_per_connection", &Visit::kernel_bytes_per_connection}};

constexpr std::pair<const char*, std::optional<double> Round::*> round_figures[] = {
    {"cpu_us_per_delivery", &Round::cpu_us_per_delivery},
    {"cpu_us_per_delivery_and_acks", &Round::cpu_us_per_delivery_and_acks},
    {"p50_ms", &Round::p50_ms},
    {"p99_ms", &Round::p99_ms},
    {"p100_ms", &Round::p100_ms}};

// Peer divided by Tocsin, of the medians of a figure.
struct Ratio {
  const char* measure;
  const char* head;
  const char* figure;
};
constexpr Ratio ratios[] = {
    {"memory_ratio", "memory : Tocsin", "user_bytes_per_connection"},
    {"cpu_ratio", "CPU : Tocsin", "cpu_us_per_delivery"},
    {"cpu_and_acks_ratio", "with acks : Tocsin", "cpu_us_per_delivery_and_acks"}};

// Absent when Tocsin, or the figure, was not measured.
std::optional<double> ratio_of(const PeerSummary& peer, const std::optional<PeerSummary>& tocsin,
                               const char* figure) {
  if (!tocsin.has_value() || peer.figures.at(figure).empty()) return std::nullopt;
  const double divisor = tocsin->figures.at(figure).median();
  return divisor > 0 ? std::optional(peer.figures.at(figure).median() / divisor) : std::nullopt;
}

// Absent when it was not asked for, or could not be measured.
std::optional<PeerSummary> tocsin_of(const Comparison& comparison) {
  for (const PeerReport& peer : comparison.peers) {
    if (peer.name == tocsin_name && !peer.absent.has_value()) return summary_of(peer);
  }
  return std::nullopt;
}

// -- JSON -------------------------------------------------------------------------------------------

Json peer_json(const PeerReport& peer) {
  Json json = peer;
  if (peer.visits.empty()) return json;
  const PeerSummary summary = summary_of(peer);
  json.update(Json(summary));
  for (const auto& [key, series] : summary.figures) json[key] = series;
  return json;
}

// -- The table --------------------------------------------------------------------------------------

std::string bytes_cell(const Series& series) {
  if (series.empty()) return "-";
  return with_commas(static_cast<uint64_t>(std::max(0.0, series.median()) + 0.5));
}

std::string us_cell(const Series& series) {
  if (series.empty()) return "-";
  return fmt::format("{:.1f} [{:.1f}–{:.1f}]", series.median(), series.min(), series.max());
}

std::string missing_cell(const PeerSummary& summary) {
  std::string text = with_commas(summary.missing);
  if (summary.duplicates > 0) text += fmt::format(" (+{} twice)", summary.duplicates);
  if (summary.lost_clients > 0) text += fmt::format(" ({} cut off)", summary.lost_clients);
  return text;
}

std::vector<std::string> row_of(const PeerReport& peer, const std::optional<PeerSummary>& tocsin) {
  PeerSummary summary = summary_of(peer);
  std::vector<std::string> row = {peer.title,
                                  peer.version,
                                  summary.cipher.empty() ? "differs" : summary.cipher,
                                  bytes_cell(summary.figures["user_bytes_per_connection"]),
                                  bytes_cell(summary.figures["kernel_bytes_per_connection"]),
                                  us_cell(summary.figures["cpu_us_per_delivery"]),
                                  us_cell(summary.figures["cpu_us_per_delivery_and_acks"])};
  for (const char* key : {"p50_ms", "p99_ms", "p100_ms"}) {
    row.push_back(fmt::format("{:.0f}", summary.figures[key].median()));
  }
  row.push_back(missing_cell(summary));
  for (const Ratio& ratio : ratios) {
    const std::optional<double> value = ratio_of(summary, tocsin, ratio.figure);
    row.push_back(value.has_value() ? fmt::format("{:.1f} x", *value) : "-");
  }
  return row;
}

std::string remarks_on(const Comparison& comparison, std::string_view bullet) {
  std::string text;
  const auto say = [&](const std::string& line) { text += fmt::format("{}{}\n", bullet, line); };
  for (const PeerReport& peer : comparison.peers) {
    if (peer.absent.has_value()) say(fmt::format("{}: not measured: {}", peer.title, *peer.absent));
    for (const Visit& visit : peer.visits) {
      if (visit.last_loss.has_value()) say(peer.title + ": cut off: " + *visit.last_loss);
      if (!visit.memory_settled) say(peer.title + ": memory had not settled when it was read");
    }
  }
  say("kernel bytes: both ends of a connection together, so half of it is the clients'");
  say("CPU: all threads of the server's processes, until the last client had it; with acks: until "
      "a second later, for Tocsin until every device's acknowledgement is stored");
  return text;
}

}  // namespace

PeerSummary summary_of(const PeerReport& peer) {
  PeerSummary summary;
  for (const auto& [key, member] : visit_figures) {
    summary.figures[key] = series_of(peer.visits, member);
  }
  for (const auto& [key, member] : round_figures) summary.figures[key];
  if (!peer.visits.empty()) summary.cipher = peer.visits.front().cipher;
  for (const Visit& visit : peer.visits) {
    if (visit.cipher != summary.cipher) summary.cipher.clear();
    summary.lost_clients += visit.lost_clients;
    for (const Round& round : visit.rounds) {
      summary.delivered += round.delivered;
      summary.missing += round.missing;
      summary.duplicates += round.duplicates;
      for (const auto& [key, member] : round_figures) summary.figures[key].add(round.*member);
    }
  }
  return summary;
}

Json measures_of(const Comparison& comparison) {
  Json measures = Json::object();
  const std::optional<PeerSummary> tocsin = tocsin_of(comparison);
  uint32_t absent = 0;
  for (const PeerReport& peer : comparison.peers) {
    if (peer.absent.has_value()) {
      ++absent;
      continue;
    }
    PeerSummary summary = summary_of(peer);
    measures[peer.name + "_missing"] = summary.missing;
    measures[peer.name + "_duplicates"] = summary.duplicates;
    measures[peer.name + "_lost_clients"] = summary.lost_clients;
    measures[peer.name + "_p100_ms"] = summary.figures["p100_ms"].median();
    measures[peer.name + "_user_bytes"] = summary.figures["user_bytes_per_connection"].measure();
    measures[peer.name + "_cpu_us"] = summary.figures["cpu_us_per_delivery"].measure();
    if (peer.name == tocsin_name) continue;
    for (const Ratio& ratio : ratios) {
      measures[peer.name + "_" + ratio.measure] = ratio_of(summary, tocsin, ratio.figure);
    }
  }
  measures["absent_peers"] = absent;
  return measures;
}

Json json_of(const Comparison& comparison) {
  Json json = {{"all_well", all_well(comparison)}, {"setting", comparison}};
  for (const PeerReport& peer : comparison.peers) json["peers"].push_back(peer_json(peer));
  return json;
}

std::string table_of(const Comparison& comparison, bool is_markdown) {
  const std::optional<PeerSummary> tocsin = tocsin_of(comparison);
  Rows rows = {{"server", "version", "cipher", "user bytes/conn", "kernel", "CPU us/delivery",
                "with acks", "p50 ms", "p99 ms", "p100 ms", "missing"}};
  for (const Ratio& ratio : ratios) rows[0].emplace_back(ratio.head);
  for (const PeerReport& peer : comparison.peers) {
    if (!peer.absent.has_value()) rows.push_back(row_of(peer, tocsin));
  }
  return fmt::format(
      "{} TLS 1.3 clients of each server, a broadcast of {} bytes, {} x {} rounds; median "
      "[min–max].\n"
      "Machine: {}, {} CPUs shared by server and clients, kernel {}.\n"
      "Command: {}\n\n{}\n{}",
      with_commas(comparison.devices), comparison.payload_bytes, comparison.passes,
      comparison.rounds, cpu_model(), comparison.cpus, kernel_release(), comparison.command_line,
      is_markdown ? markdown_table(rows) : columns(rows, ""),
      remarks_on(comparison, is_markdown ? "* " : "  "));
}

bool all_well(const Comparison& comparison) {
  return std::all_of(comparison.peers.begin(), comparison.peers.end(), [](const PeerReport& peer) {
    if (peer.name != tocsin_name) return true;
    const PeerSummary summary = summary_of(peer);
    return !peer.absent.has_value() && summary.missing == 0 && summary.duplicates == 0;
  });
}

}  // namespace tocsin::bench::compare
