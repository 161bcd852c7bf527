// tocsin-bench-compare: every server visited once per pass, one at a time. Passes alternate their
// direction, so that a machine that warms up or grows busy favours none. bench/README.md says what
// it answers.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compare/comparison.h"
#include "compare/options.h"
#include "compare/peer_kind.h"
#include "compare/visit.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::compare {
namespace {

// Files that a server or this program has open besides its connections.
constexpr uint64_t other_files = 512;

// nullptr: Tocsin.
const PeerKind* kind_named(std::string_view name) {
  const auto kinds = peer_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const PeerKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

PeerReport report_for(const std::string& name, const Options& options) {
  const PeerKind* kind = kind_named(name);
  if (kind == nullptr) return {name, "Tocsin", tocsin_version(options), {}, {}};
  return {name, std::string(kind->title), packaged_version(*kind->server), {}, {}};
}

// A server that cannot be measured is absent with its reason and does not stop the others.
absl::Status visit(PeerReport& report, const Options& options, const StopSignal& stop) {
  const PeerKind* kind = kind_named(report.name);
  absl::StatusOr<Visit> visit =
      kind == nullptr ? visit_tocsin(options, stop) : visit_peer(*kind, options, stop);
  if (absl::IsCancelled(visit.status())) return visit.status();
  if (visit.ok()) {
    report.visits.push_back(*std::move(visit));
  } else {
    report.absent = std::string(visit.status().message());
    fmt::print(stderr, "{}: not measured: {}\n", report.title, *report.absent);
  }
  return absl::OkStatus();
}

absl::Status run_pass(uint32_t pass, Comparison& comparison, const Options& options,
                      const StopSignal& stop) {
  std::vector<PeerReport*> order;
  for (PeerReport& report : comparison.peers) order.push_back(&report);
  if (pass % 2 == 1) std::reverse(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) {
    if (order[i]->absent.has_value()) continue;
    fmt::print(stderr, "pass {} of {}, server {} of {}: {} {}\n", pass + 1, options.passes, i + 1,
               order.size(), order[i]->title, order[i]->version);
    TOCSIN_TRY(visit(*order[i], options, stop));
  }
  return absl::OkStatus();
}

absl::StatusOr<Findings> run(const Options& options) {
  const StopSignal stop;
  // The clients here and, inherited, the servers need a file for each connection.
  TOCSIN_TRY(
      require_files(options.devices + other_files, fmt::format("{} devices", options.devices)));
  Comparison comparison{options.devices,
                        options.payload_bytes,
                        options.rounds,
                        options.passes,
                        cpu_count(),
                        options.command_line,
                        {}};
  for (const std::string& name : options.peers) {
    comparison.peers.push_back(report_for(name, options));
  }
  for (uint32_t pass = 0; pass < options.passes; ++pass) {
    TOCSIN_TRY(run_pass(pass, comparison, options, stop));
  }
  return Findings{all_well(comparison),
                  measures_of(comparison),
                  table_of(comparison, false),
                  json_of(comparison),
                  options.markdown,
                  [markdown = table_of(comparison, true)](const Json&) { return markdown; }};
}

}  // namespace
}  // namespace tocsin::bench::compare

int main(int argc, char** argv) {
  using namespace tocsin::bench;
  using namespace tocsin::bench::compare;
  Options options;
  options.command_line = fmt::format(
      "tocsin-bench-compare {}", fmt::join(std::vector<std::string>(argv + 1, argv + argc), " "));
  return run_bench(program(), argc, argv, options, [&options] { return run(options); });
}
