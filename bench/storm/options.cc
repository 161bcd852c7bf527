#include "storm/options.h"

#include "base/limits.h"
#include "drill/fleet/plan.h"
#include "harness/command_line.h"

namespace tocsin::storm {

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

void Options::declare(CLI::App& app) {
  using harness::declare_number;
  app.add_flag("--skip-handshakes", skip_handshakes, "Only the storm");
  declare_number(app, "--rounds", race.rounds, 1, 1000,
                 "Rounds of handshakes, the two servers in turn");
  declare_number(app, "--handshakes", race.handshakes, 1, 10'000,
                 "Handshakes per round, server and kind");
  declare_number(app, "--at-once", race.at_once, 1, limits::handshakes_in_flight_default,
                 "Handshakes under way at once in that part");
  auto* spawn = app.add_option("--spawn", storm.server, "Path of a tocsind to storm");
  app.add_option("--spawn-arg", storm.server_arguments,
                 "One more argument for that tocsind; may be given again")
      ->needs(spawn)
      ->allow_extra_args(false);
  declare_number(app, "-n,--devices", storm.devices, 1, drill::devices_per_worker_max,
                 "Devices that connect at once");
  declare_number(app, "--timeout-s", storm.timeout_s, 1, 3600,
                 "Longest wait for all of them to be in");
  declare_number(app, "--settle-timeout-s", storm.settle_timeout_s, 0, 600,
                 "Longest wait for the server's memory to settle");
}

std::string Options::finish(const CLI::App&) {
  if (!skip_handshakes || !storm.server.empty()) return {};
  return "--skip-handshakes: leaves nothing to do without --spawn";
}

}  // namespace tocsin::storm
