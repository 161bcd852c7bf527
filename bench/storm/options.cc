#include "storm/options.h"

#include <utility>

#include <CLI/CLI.hpp>

#include "drill/fleet_plan.h"

namespace tocsin::storm {
namespace {

constexpr char examples[] = R"(Examples:
  # CPU per handshake against a bare OpenSSL accept loop
  tocsin-bench-storm

  # and 18000 devices at once against a server of its own, compared with the targets
  tocsin-bench-storm --spawn build/release/tocsind -n 18000 --json storm.json --check

Exit code: 0 all well, 1 a device did not get in or --check found a missed target, 2 wrong usage,
3 the bench could not be run.)";

void add_options(CLI::App& app, Options& options) {
  RaceOptions& race = options.race;
  app.add_flag("--skip-handshakes", options.skip_handshakes, "Only the storm");
  app.add_option("--rounds", race.rounds, "Rounds of handshakes, the two servers in turn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--handshakes", race.handshakes, "Handshakes per round, server and kind")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--at-once", race.at_once, "Handshakes under way at once in that part")
      ->check(CLI::Range(1u, limits::handshakes_in_flight_default))
      ->capture_default_str();
  StormOptions& storm = options.storm;
  auto* spawn = app.add_option("--spawn", storm.server, "Path of a tocsind to storm");
  app.add_option("--spawn-arg", storm.server_arguments,
                 "One more argument for that tocsind; may be given again")
      ->needs(spawn)
      ->allow_extra_args(false);
  app.add_option("-n,--devices", storm.devices, "Devices that connect at once")
      ->check(CLI::Range(1u, drill::devices_per_worker_max))
      ->capture_default_str();
  app.add_option("--timeout-s", storm.timeout_s, "Longest wait for all of them to be in")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--settle-timeout-s", storm.settle_timeout_s,
                 "Longest wait for the server's memory to settle")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  figures::add_answer_options(app, options.answer);
}

}  // namespace

ParsedOptions parse_options(std::vector<std::string> arguments) {
  Options options;
  CLI::App app("tocsin-bench-storm - what connecting costs: CPU per handshake, memory in a storm.",
               "tocsin-bench-storm");
  app.footer(examples);
  add_options(app, options);
  app.callback([&options] {
    if (options.skip_handshakes && options.storm.server.empty()) {
      throw CLI::ValidationError("--skip-handshakes", "leaves nothing to do without --spawn");
    }
  });
  figures::ParsedLine line = figures::parse_line(app, std::move(arguments));
  return {std::move(line), std::move(options)};
}

}  // namespace tocsin::storm
