// tocsin-bench-storm: bench/README.md says what it answers.
#include <csignal>

#include "base/limits.h"
#include "drill/fleet/plan.h"
#include "harness/bench.h"
#include "harness/try.h"
#include "storm/connect_storm.h"
#include "storm/handshake_race.h"

namespace tocsin::bench::storm {
namespace {

const Program program = {
    "tocsin-bench-storm",
    "tocsin-bench-storm - what connecting costs: CPU per handshake, memory in a storm.",
    R"(Examples:
  # CPU per handshake against a bare OpenSSL accept loop
  tocsin-bench-storm

  # and 18000 devices at once against a server of its own, compared with the targets
  tocsin-bench-storm --spawn build/release/tocsind -n 18000 --json storm.json --check

Exit code: 0 all well, 1 a device did not get in or --check found a missed target, 2 wrong usage,
3 the bench could not be run.)"};

struct Options : BenchOptions {
  Options() : BenchOptions("storm") {}

  void declare() override {
    flag("--skip-handshakes", skip_handshakes, "Only the storm");
    number("--rounds", race.rounds, 1, 1000, "Rounds of handshakes, the two servers in turn");
    number("--handshakes", race.handshakes, 1, 10'000, "Handshakes per round, server and kind");
    number("--at-once", race.at_once, 1, limits::handshakes_in_flight_default,
           "Handshakes under way at once in that part");
    spawned(storm.server, storm.server_arguments, "Path of a tocsind to storm");
    number("-n,--devices", storm.devices, 1, drill::devices_per_worker_max,
           "Devices that connect at once");
    number("--timeout-s", storm.timeout_s, 1, 3600, "Longest wait for all of them to be in");
    number("--settle-timeout-s", storm.settle_timeout_s, 0, 600,
           "Longest wait for the server's memory to settle");
  }

  std::string finish(const CLI::App&) override {
    if (!skip_handshakes || !storm.server.empty()) return {};
    return "--skip-handshakes: leaves nothing to do without --spawn";
  }

  bool skip_handshakes = false;
  RaceOptions race;
  StormOptions storm;  // no server: only handshakes
};

absl::StatusOr<Findings> run(const Options& options) {
  Findings findings;
  findings.document["setting"] = Json::object();
  if (!options.skip_handshakes) {
    TOCSIN_TAKE(const HandshakeRace race, race_handshakes(options.race));
    tell(race, findings);
  }
  if (!options.storm.server.empty()) {
    const StopSignal stop;
    TOCSIN_TAKE(const StormResult result, storm::storm(options.storm, stop));
    tell(result, findings);
  }
  return findings;
}

}  // namespace
}  // namespace tocsin::bench::storm

int main(int argc, char** argv) {
  using namespace tocsin::bench::storm;
  std::signal(SIGPIPE, SIG_IGN);
  return run_bench(program, argc, argv, run);
}
