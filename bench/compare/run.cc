#include "compare/run.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <sys/resource.h>
#include <thread>

#include "compare/peer_kind.h"
#include "compare/peer_visit.h"
#include "compare/tocsin_visit.h"
#include "drill/proc_stats.h"

namespace tocsin::compare {
namespace {

constexpr char tocsin_title[] = "Tocsin";

// Files that a server or this program has open besides its connections.
constexpr uint64_t other_files = 512;

// The clients here and, inherited, the servers need a file for each connection.
absl::Status raise_files_limit(uint32_t devices) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return absl::OkStatus();
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max >= devices + other_files) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "a process may open {} files, and {} devices need {}: raise it with ulimit -n, or "
      "take fewer devices",
      files.rlim_max, devices, devices + other_files));
}

// nullptr: Tocsin.
const PeerKind* kind_named(std::string_view name) {
  const auto kinds = peer_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const PeerKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

PeerReport report_for(const std::string& name, const Options& options) {
  PeerReport report;
  report.name = name;
  const PeerKind* kind = kind_named(name);
  report.title = kind == nullptr ? tocsin_title : std::string(kind->title);
  report.version = kind == nullptr ? tocsin_version(options) : packaged_version(kind->server);
  return report;
}

absl::Status visit(PeerReport& report, const Options& options, const drill::StopSignal& stop) {
  const PeerKind* kind = kind_named(report.name);
  absl::StatusOr<Visit> visit =
      kind == nullptr ? visit_tocsin(options, stop) : visit_peer(*kind, options, stop);
  if (visit.ok()) {
    report.visits.push_back(*std::move(visit));
    return absl::OkStatus();
  }
  if (visit.status().code() == absl::StatusCode::kCancelled) return visit.status();
  report.absent = std::string(visit.status().message());
  fmt::print(stderr, "{}: not measured: {}\n", report.title, report.absent);
  return absl::OkStatus();
}

absl::Status run_pass(uint32_t pass, Comparison& comparison, const Options& options,
                      const drill::StopSignal& stop) {
  std::vector<PeerReport*> order;
  for (PeerReport& report : comparison.peers) order.push_back(&report);
  if (pass % 2 == 1) std::reverse(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) {
    if (!order[i]->absent.empty()) continue;
    fmt::print(stderr, "pass {} of {}, server {} of {}: {} {}\n", pass + 1, options.passes, i + 1,
               order.size(), order[i]->title, order[i]->version);
    if (absl::Status status = visit(*order[i], options, stop); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Comparison> run_comparison(const Options& options, const std::string& command_line,
                                          const drill::StopSignal& stop) {
  if (absl::Status possible = raise_files_limit(options.devices); !possible.ok()) return possible;
  Comparison comparison;
  comparison.devices = options.devices;
  comparison.payload_bytes = options.payload_bytes;
  comparison.rounds = options.rounds;
  comparison.passes = options.passes;
  comparison.cpus = std::thread::hardware_concurrency();
  comparison.cpu_model = drill::cpu_model();
  comparison.kernel = drill::kernel_release();
  comparison.command_line = command_line;
  for (const std::string& name : options.peers) {
    comparison.peers.push_back(report_for(name, options));
  }
  for (uint32_t pass = 0; pass < options.passes; ++pass) {
    if (absl::Status status = run_pass(pass, comparison, options, stop); !status.ok()) {
      return status;
    }
  }
  return comparison;
}

}  // namespace tocsin::compare
