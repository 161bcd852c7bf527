#include "api/options.h"

#include <filesystem>

#include "harness/command_line.h"

namespace tocsin::api {
namespace {

// Connections of the API besides those that are measured.
constexpr uint32_t other_connections = 24;
constexpr uint32_t connections_max = limits::http_connections_max - other_connections;
// A piece must fit in one line of JSON and in one message of gRPC.
constexpr uint32_t ids_per_piece_max = 1'800;
static_assert(ids_per_piece_max * 35 + 1024 <= limits::http_line_bytes_max);

}  // namespace

const harness::Program program = {
    "tocsin-bench-api", "tocsin-bench-api - what sends cost over REST and gRPC, beside nginx.",
    R"(Examples:
  # everything, compared with the targets
  tocsin-bench-api --spawn build/release/tocsind --json api.json --check

  # does it work at all?
  tocsin-bench-api --spawn build/release/tocsind --rounds 1 --sends 200 --connections 4
      --registered 4 --online 2 --idle 8 --idle-channels 4 --list-ids 5000

Exit code: 0 all well, 1 a list did not reach who it should or --check found a missed target, 2
wrong usage, 3 the bench could not be run, or a send was not accepted.)"};

void Options::declare(CLI::App& app) {
  using harness::declare_number;
  app.add_option("--spawn", server, "Path of the tocsind to start")->required();
  app.add_option("--listener", listener, "Path of tocsin-listen (default: beside tocsind)");
  harness::declare_value(app, "--settings", settings, "Folder with nginx's settings");
  harness::declare_parts(app, parts, "What to measure");
  declare_number(app, "--registered", registered, 1, 10'000, "Devices of the app");
  declare_number(app, "--payload-bytes", payload_bytes, 1,
                 limits::message_content_bytes_max - limits::data_key_bytes_max,
                 "Bytes of data in a message");
  declare_number(app, "--rounds", rounds, 1, 1000, "Rounds of sends, REST, gRPC and nginx in turn");
  declare_number(app, "--sends", sends, 1, 10'000'000, "Sends of each in a round");
  declare_number(app, "--connections", connections, 1, connections_max,
                 "Connections of each, and threads");
  declare_number(app, "--idle", idle, 1, connections_max, "Idle REST connections");
  declare_number(app, "--idle-channels", idle_channels, 1, connections_max,
                 "Idle gRPC connections");
  declare_number(app, "--list-ids", list_ids, 1, limits::list_ids_max,
                 "Ids in the list, all devices among them");
  declare_number(app, "--ids-per-piece", ids_per_piece, 1, ids_per_piece_max,
                 "Ids in one line or message");
  declare_number(app, "--online", online, 1, 500, "Devices that are connected for the list");
}

std::string Options::finish(const CLI::App&) {
  if (registered > list_ids) return "--list-ids: must be at least --registered";
  if (online > registered) return "--online: must be at most --registered";
  if (listener.empty()) {
    listener = (std::filesystem::path(server).parent_path() / "tocsin-listen").string();
  }
  return {};
}

bool Options::has(const std::string& part) const { return harness::is_among(parts, part); }

}  // namespace tocsin::api
