#include "compare/comparison_table.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "compare/options.h"
#include "drill/report_table.h"

namespace tocsin::compare {
namespace {

using figures::Spread;

constexpr char not_known[] = "-";

std::string bytes_cell(const std::optional<Spread>& spread) {
  if (!spread.has_value()) return not_known;
  return drill::with_commas(static_cast<uint64_t>(std::max(0.0, spread->median) + 0.5));
}

std::string us_cell(const std::optional<Spread>& spread) {
  if (!spread.has_value()) return not_known;
  return fmt::format("{:.1f} [{:.1f}–{:.1f}]", spread->median, spread->min, spread->max);
}

std::string ratio_cell(const std::optional<double>& ratio) {
  return ratio.has_value() ? fmt::format("{:.1f} x", *ratio) : not_known;
}

std::string missing_cell(const PeerSummary& summary) {
  std::string text = drill::with_commas(summary.missing);
  if (summary.duplicates > 0) text += fmt::format(" (+{} twice)", summary.duplicates);
  if (summary.lost_clients > 0) text += fmt::format(" ({} cut off)", summary.lost_clients);
  return text;
}

std::vector<std::string> head() {
  return {"server",       "version",           "cipher",    "user bytes/conn",
          "kernel",       "CPU us/delivery",   "with acks", "p50 ms",
          "p99 ms",       "p100 ms",           "missing",   "memory : Tocsin",
          "CPU : Tocsin", "with acks : Tocsin"};
}

std::vector<std::string> row(const PeerReport& peer, const std::optional<PeerSummary>& tocsin) {
  const PeerSummary summary = summary_of(peer);
  const Ratios ratios = tocsin.has_value() ? ratios_of(summary, *tocsin) : Ratios{};
  return {peer.title,
          peer.version,
          summary.cipher.empty() ? "differs" : summary.cipher,
          bytes_cell(summary.user_bytes),
          bytes_cell(summary.kernel_bytes),
          us_cell(summary.cpu_us),
          us_cell(summary.cpu_us_and_acks),
          fmt::format("{:.0f}", summary.p50_ms.median),
          fmt::format("{:.0f}", summary.p99_ms.median),
          fmt::format("{:.0f}", summary.p100_ms.median),
          missing_cell(summary),
          ratio_cell(ratios.memory),
          ratio_cell(ratios.cpu),
          ratio_cell(ratios.cpu_and_acks)};
}

std::string preface(const Comparison& comparison) {
  return fmt::format(
      "{} TLS 1.3 clients of each server, a broadcast of {} bytes, {} x {} rounds; median "
      "[min–max].\n"
      "Machine: {}, {} CPUs shared by server and clients, kernel {}.\n"
      "Command: {}\n\n",
      drill::with_commas(comparison.devices), comparison.payload_bytes, comparison.passes,
      comparison.rounds, comparison.cpu_model, comparison.cpus, comparison.kernel,
      comparison.command_line);
}

std::string remarks(const Comparison& comparison, TableStyle style) {
  const std::string bullet = style == TableStyle::markdown ? "* " : "  ";
  std::string text;
  const auto say = [&](const std::string& line) { text += bullet + line + "\n"; };
  for (const PeerReport& peer : comparison.peers) {
    if (!peer.absent.empty()) say(fmt::format("{}: not measured: {}", peer.title, peer.absent));
    for (const Visit& visit : peer.visits) {
      if (!visit.last_loss.empty())
        say(fmt::format("{}: cut off: {}", peer.title, visit.last_loss));
      if (!visit.memory_settled) {
        say(fmt::format("{}: memory had not settled when it was read", peer.title));
      }
    }
  }
  say("kernel bytes: both ends of a connection together, so half of it is the clients'");
  say("CPU: all threads of the server's processes, until the last client had it; with acks: until "
      "a "
      "second later, for Tocsin until every device's acknowledgement is stored");
  return text;
}

// Letters, not bytes: the tables hold en dashes.
size_t width_of(const std::string& cell) {
  return static_cast<size_t>(
      std::count_if(cell.begin(), cell.end(), [](char byte) { return (byte & 0xc0) != 0x80; }));
}

std::string padded(const std::string& cell, size_t width) {
  return cell + std::string(width - std::min(width, width_of(cell)), ' ');
}

}  // namespace

std::string lay_out(const std::vector<std::vector<std::string>>& rows, TableStyle style) {
  const bool is_markdown = style == TableStyle::markdown;
  std::vector<size_t> widths(rows.front().size());
  for (const auto& cells : rows) {
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width_of(cells[i]));
  }
  std::string text;
  for (size_t line = 0; line < rows.size(); ++line) {
    for (size_t i = 0; i < rows[line].size(); ++i) {
      text += is_markdown ? "| " + rows[line][i] + " " : padded(rows[line][i], widths[i]) + "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += is_markdown ? " |\n" : "\n";
    if (is_markdown && line == 0) {
      for (size_t i = 0; i < rows[line].size(); ++i) text += "|---";
      text += "|\n";
    }
  }
  return text;
}

std::string comparison_table(const Comparison& comparison, TableStyle style) {
  std::optional<PeerSummary> tocsin;
  if (const PeerReport* report = tocsin_of(comparison)) tocsin = summary_of(*report);
  std::vector<std::vector<std::string>> rows = {head()};
  for (const PeerReport& peer : comparison.peers) {
    if (peer.absent.empty()) rows.push_back(row(peer, tocsin));
  }
  return preface(comparison) + lay_out(rows, style) + "\n" + remarks(comparison, style);
}

}  // namespace tocsin::compare
