#include "tests/crash/summary.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "harness/json.h"

namespace tocsin::crash {
namespace {

constexpr size_t complaints_told_max = 20;

// `ascending` at `percent`; 0 when there is nothing.
uint64_t at_percent(const std::vector<uint64_t>& ascending, size_t percent) {
  if (ascending.empty()) return 0;
  return ascending[std::min(ascending.size() - 1, ascending.size() * percent / 100)];
}

template <typename Value>
void row(std::string& out, const std::string& name, const Value& value) {
  fmt::format_to(std::back_inserter(out), "  {:<44}{:>10}\n", name, value);
}

void complaints_to(std::string& out, const Options& options, const Outcome& outcome) {
  if (outcome.complaints.empty()) {
    out += "\nAll is well: nothing lost, nothing twice, all books closed.\n";
    return;
  }
  fmt::format_to(std::back_inserter(out), "\nVIOLATED, seed {}:\n", options.seed);
  for (size_t i = 0; i < std::min(outcome.complaints.size(), complaints_told_max); ++i) {
    fmt::format_to(std::back_inserter(out), "  {}\n", outcome.complaints[i]);
  }
  if (outcome.complaints.size() > complaints_told_max) {
    fmt::format_to(std::back_inserter(out), "  and {} more\n",
                   outcome.complaints.size() - complaints_told_max);
  }
  fmt::format_to(std::back_inserter(out), "The server's data and log are kept in {}\n",
                 outcome.folder);
}

}  // namespace

std::string summary_table(const Options& options, const Outcome& outcome) {
  const ModelCounts& counts = outcome.counts;
  std::string out = fmt::format("\nseed {}, {} s\nkills\n", options.seed, outcome.took_ms / 1000);
  for (const auto& [name, count] : outcome.kills) row(out, name, count);
  row(out, "all", outcome.kills_count);
  row(out, "orderly ends besides", outcome.orderly_ends);
  out += "load\n";
  for (const auto& [name, count] : outcome.op_counts) row(out, std::string(name), count);
  row(out, "devices, apps", fmt::format("{}, {}", outcome.devices, outcome.apps));
  out += "messages\n";
  row(out, "accepted", counts.accepted);
  row(out, "refused", counts.refused);
  row(out, "unanswered", counts.unanswered);
  row(out, "  of these there all the same", counts.unanswered_seen);
  row(out, "shown by devices", counts.shown);
  row(out, "on the wire", counts.on_wire);
  row(out, "  of these repeats", counts.wire_repeats);
  row(out, "  and after the books were at rest", counts.repeats_after);
  row(out, "shown again by devices that had died", counts.shown_again);
  row(out, "waits ordered by the server, cut short", outcome.waits_cut);
  out += "audits\n";
  row(out, "audits", outcome.audits);
  row(out, "reports read", outcome.reports_read);
  row(out, "start to ready, p50 ms", at_percent(outcome.start_ms, 50));
  row(out, "start to ready, p100 ms", at_percent(outcome.start_ms, 100));
  complaints_to(out, options, outcome);
  return out;
}

std::string summary_json(const Options& options, const Outcome& outcome) {
  const ModelCounts& counts = outcome.counts;
  bench::Json json = {{"seed", options.seed},
                      {"well", outcome.complaints.empty()},
                      {"took_ms", outcome.took_ms},
                      {"kills", outcome.kills},
                      {"kills_all", outcome.kills_count},
                      {"orderly_ends", outcome.orderly_ends},
                      {"ops", bench::Json::object()},
                      {"devices", outcome.devices},
                      {"apps", outcome.apps},
                      {"accepted", counts.accepted},
                      {"refused", counts.refused},
                      {"unanswered", counts.unanswered},
                      {"unanswered_there", counts.unanswered_seen},
                      {"shown", counts.shown},
                      {"on_wire", counts.on_wire},
                      {"wire_repeats", counts.wire_repeats},
                      {"wire_repeats_after_rest", counts.repeats_after},
                      {"shown_again_after_device_died", counts.shown_again},
                      {"waits_cut", outcome.waits_cut},
                      {"audits", outcome.audits},
                      {"reports_read", outcome.reports_read},
                      {"start_p50_ms", at_percent(outcome.start_ms, 50)},
                      {"start_p100_ms", at_percent(outcome.start_ms, 100)},
                      {"violations", outcome.complaints}};
  for (const auto& [name, count] : outcome.op_counts) json["ops"][std::string(name)] = count;
  return bench::text_of(std::move(json));
}

}  // namespace tocsin::crash
