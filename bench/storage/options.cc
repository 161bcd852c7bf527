#include "storage/options.h"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>

#include "storage/fleet.h"

namespace tocsin::storage_bench {
namespace {

constexpr char examples[] = R"(Examples:
  # everything, with ten million registered devices: some 3 GB of disk, and minutes
  tocsin-bench-storage --json storage.json --check

  # a smaller fleet, kept, so that the next call need not register it again
  tocsin-bench-storage -n 1000000 --folder /var/tmp/bench --parts fill,count,cast

Exit code: 0 all well, 1 --check found a missed target, 2 wrong usage, 3 the bench could not be
run, or what it measured was wrong.)";

void add_fleet_options(CLI::App& app, Options& options) {
  app.add_option("--parts", options.parts, "What to measure")
      ->delimiter(',')
      ->check(CLI::IsMember({"accept", "fill", "count", "cast", "replay"}))
      ->capture_default_str();
  app.add_option("-n,--devices", options.devices, "Registered devices")
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}))
      ->capture_default_str();
  app.add_option("--tags", options.tags, "Different tags they have")
      ->check(CLI::Range(Fleet::tags_min, 100'000u))
      ->capture_default_str();
  app.add_option("--folder", options.folder,
                 "Work here, keep the registered devices, and use them again if they are there");
}

void add_accept_options(CLI::App& app, AcceptOptions& accept) {
  app.add_option("--callers", accept.callers, "Sends, and bare puts, under way at once")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  app.add_option("--sends", accept.sends, "Sends, and bare puts, of a round")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  app.add_option("--rounds", accept.rounds, "Rounds, the two in turn")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  app.add_option("--payload-bytes", accept.payload_bytes, "Bytes of a push")
      ->check(CLI::Range(1u, 4096u))
      ->capture_default_str();
}

void add_options(CLI::App& app, Options& options) {
  add_fleet_options(app, options);
  add_accept_options(app, options.accept);
  app.add_option("--counts", options.count.counts, "Counts of the audience, behind the first")
      ->check(CLI::Range(1u, 10'000u))
      ->capture_default_str();
  app.add_option("--casts", options.cast.casts, "Casts to everyone")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  app.add_option("--replay-devices", options.replay.devices, "Devices that reconnect in a round")
      ->check(CLI::Range(1u, 10'000'000u))
      ->capture_default_str();
  app.add_option("--replays", options.replay.rounds, "Rounds of reconnects")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  figures::add_answer_options(app, options.answer);
}

}  // namespace

bool Options::has(const std::string& part) const {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

ParsedOptions parse_options(std::vector<std::string> arguments) {
  Options options;
  CLI::App app("tocsin-bench-storage - durable accepts, and a store of many registered devices.",
               "tocsin-bench-storage");
  app.footer(examples);
  add_options(app, options);
  figures::ParsedLine line = figures::parse_line(app, std::move(arguments));
  return {std::move(line), std::move(options)};
}

}  // namespace tocsin::storage_bench
