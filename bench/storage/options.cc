#include "storage/options.h"

#include "harness/command_line.h"
#include "storage/fleet.h"

namespace tocsin::storage_bench {

const harness::Program program = {
    "tocsin-bench-storage",
    "tocsin-bench-storage - durable accepts, and a store of many registered devices.",
    R"(Examples:
  # everything, with ten million registered devices: some 3 GB of disk, and minutes
  tocsin-bench-storage --json storage.json --check

  # a smaller fleet, kept, so that the next call need not register it again
  tocsin-bench-storage -n 1000000 --folder /var/tmp/bench --parts fill,count,cast

Exit code: 0 all well, 1 --check found a missed target, 2 wrong usage, 3 the bench could not be
run, or what it measured was wrong.)"};

void Options::declare(CLI::App& app) {
  using harness::declare_number;
  harness::declare_parts(app, parts, "What to measure");
  declare_number(app, "-n,--devices", devices, 1, 100'000'000, "Registered devices");
  declare_number(app, "--tags", tags, Fleet::tags_min, 100'000, "Different tags they have");
  app.add_option("--folder", folder,
                 "Work here, keep the registered devices, and use them again if they are there");
  declare_number(app, "--callers", callers, 1, 1000, "Sends, and bare puts, under way at once");
  declare_number(app, "--sends", sends, 1, 1'000'000, "Sends, and bare puts, of a round");
  declare_number(app, "--rounds", rounds, 1, 1000, "Rounds, the two in turn");
  declare_number(app, "--payload-bytes", payload_bytes, 1, 4096, "Bytes of a push");
  declare_number(app, "--counts", counts, 1, 10'000, "Counts of the audience, behind the first");
  declare_number(app, "--casts", casts, 1, 1000, "Casts to everyone");
  declare_number(app, "--replay-devices", replay_devices, 1, 10'000'000,
                 "Devices that reconnect in a round");
  declare_number(app, "--replays", replays, 1, 1000, "Rounds of reconnects");
}

bool Options::has(const std::string& part) const { return harness::is_among(parts, part); }

}  // namespace tocsin::storage_bench
