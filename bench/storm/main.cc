// tocsin-bench-storm: bench/README.md says what it answers.
#include <csignal>

#include "base/limits.h"
#include "drill/fleet/plan.h"
#include "harness/bench.h"
#include "harness/files.h"
#include "harness/try.h"
#include "storm/connect_storm.h"
#include "storm/handshake_race.h"

namespace {

using namespace tocsin;
using namespace tocsin::storm;

const harness::Program program = {
    "tocsin-bench-storm",
    "tocsin-bench-storm - what connecting costs: CPU per handshake, memory in a storm.",
    R"(Examples:
  # CPU per handshake against a bare OpenSSL accept loop
  tocsin-bench-storm

  # and 18000 devices at once against a server of its own, compared with the targets
  tocsin-bench-storm --spawn build/release/tocsind -n 18000 --json storm.json --check

Exit code: 0 all well, 1 a device did not get in or --check found a missed target, 2 wrong usage,
3 the bench could not be run.)"};

struct Options : harness::BenchOptions {
  Options() : BenchOptions("storm") {}

  void declare(CLI::App& app) override {
    app.add_flag("--skip-handshakes", skip_handshakes, "Only the storm");
    harness::declare_number(app, "--rounds", race.rounds, 1, 1000,
                            "Rounds of handshakes, the two servers in turn");
    harness::declare_number(app, "--handshakes", race.handshakes, 1, 10'000,
                            "Handshakes per round, server and kind");
    harness::declare_number(app, "--at-once", race.at_once, 1, limits::handshakes_in_flight_default,
                            "Handshakes under way at once in that part");
    auto* spawn = app.add_option("--spawn", storm.server, "Path of a tocsind to storm");
    app.add_option("--spawn-arg", storm.server_arguments,
                   "One more argument for that tocsind; may be given again")
        ->needs(spawn)
        ->allow_extra_args(false);
    harness::declare_number(app, "-n,--devices", storm.devices, 1, drill::devices_per_worker_max,
                            "Devices that connect at once");
    harness::declare_number(app, "--timeout-s", storm.timeout_s, 1, 3600,
                            "Longest wait for all of them to be in");
    harness::declare_number(app, "--settle-timeout-s", storm.settle_timeout_s, 0, 600,
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

absl::StatusOr<harness::Findings> run(const Options& options) {
  harness::Findings findings;
  findings.document["setting"] = harness::Json::object();
  if (!options.skip_handshakes) {
    TOCSIN_TAKE(const harness::TempDir folder, harness::TempDir::create());
    TOCSIN_TAKE(const auto certificates,
                runtime::load_or_make_dev_certificates(folder.path() + "/tls"));
    TOCSIN_TAKE(const auto race, race_handshakes(certificates, options.race));
    tell(race, findings);
  }
  if (!options.storm.server.empty()) {
    const harness::StopSignal stop;
    TOCSIN_TAKE(const StormResult result, storm::storm(options.storm, stop));
    tell(result, findings);
  }
  return findings;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Options options;
  return harness::run_bench(program, argc, argv, options, [&] { return run(options); });
}
