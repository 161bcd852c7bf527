// tocsin-bench-siege: bench/README.md says what it answers.
#include <fmt/format.h>

#include "harness/proc.h"
#include "harness/try.h"
#include "siege/attack/attacker.h"
#include "siege/defence/siege.h"
#include "siege/options.h"
#include "siege/report.h"

namespace tocsin::bench::siege {
namespace {

// Of this program, of each attacker, and of the devices: sockets, and what else they have open.
constexpr uint64_t other_files = 256;

const Program program = {
    "tocsin-bench-siege",
    "tocsin-bench-siege - attacks on the API's port, and what alerts and callers get meanwhile.",
    R"(Examples:
  # all attacks, from 1 and from 4 addresses, compared with the targets: a quarter of an hour
  tocsin-bench-siege --spawn build/release/tocsind --json siege.json --check

  # one of them, shortly
  tocsin-bench-siege --spawn build/release/tocsind --only rapid-reset --connections 4 --seconds 2

Exit code: 0 all well, 1 an alert did not reach every device, a caller was not served, the server
ended, or --check found a missed target, 2 wrong usage, 3 the bench could not be run.)"};

absl::StatusOr<SiegeResult> besiege_and_say(const Options& options, const Attack& attack,
                                            uint32_t connections, const StopSignal& stop) {
  fmt::print(stderr, "{}, {}: {} s\n", attack.name, counted(connections, "connection"),
             options.seconds);
  TOCSIN_TAKE(SiegeResult result, besiege(options, attack, connections, stop));
  fmt::print(stderr, "  {}\n", line_of(result));
  return result;
}

absl::StatusOr<Findings> run(const Options& options) {
  if (options.list) return list_of_attacks();
  TOCSIN_TRY(require_files(sockets_max + options.devices + other_files, "a siege"));
  const StopSignal stop;
  std::vector<SiegeResult> results;
  for (const Attack& attack : attacks()) {
    // Without an attack in any case: the others are compared with it.
    const bool is_first = results.empty();
    if (!is_first && !options.has(attack.name)) continue;
    for (const uint32_t connections : options.connections) {
      TOCSIN_TAKE(SiegeResult result,
                  besiege_and_say(options, attack, is_first ? 0 : connections, stop));
      results.push_back(std::move(result));
      if (is_first) break;
    }
  }
  return findings_of(options, results);
}

}  // namespace

Options::Options() : BenchOptions("siege") {
  for (const Attack& attack : attacks()) parts.push_back(attack.name);
}

void Options::declare() {
  spawned(server, server_arguments, "Path of the tocsind to start");
  flag("--list", list, "Say what attacks there are, and end");
  app_->add_option("--only", parts, "These attacks (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(parts));
  value("--connections", connections, "From so many addresses, one run after the other")
      ->delimiter(',')
      ->check(CLI::Range(1u, attackers_max));
  number("-n,--devices", devices, 1, 10'000, "Devices that are connected");
  number("--seconds", seconds, 1, 120, "Seconds of an attack, with an alert in each");
  number("--settle-s", settle_s, 0, 300, "Longest wait for the server's memory to be back");
}

std::string Options::finish(const CLI::App&) {
  return server.empty() && !list ? "--spawn: needed, unless --list" : "";
}

}  // namespace tocsin::bench::siege

int main(int argc, char** argv) {
  using namespace tocsin::bench::siege;
  return run_bench(program, argc, argv, run);
}
