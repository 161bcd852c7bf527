#include "api/options.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <CLI/CLI.hpp>

namespace tocsin::api {
namespace {

constexpr char examples[] = R"(Examples:
  # everything, compared with the targets
  tocsin-bench-api --spawn build/release/tocsind --json api.json --check

  # does it work at all?
  tocsin-bench-api --spawn build/release/tocsind --rounds 1 --sends 200 --connections 4
      --registered 4 --online 2 --idle 8 --idle-channels 4 --list-ids 5000

Exit code: 0 all well, 1 a list did not reach who it should or --check found a missed target, 2
wrong usage, 3 the bench could not be run, or a send was not accepted.)";

// Connections of the API besides those that are measured.
constexpr uint32_t other_connections = 24;
constexpr uint32_t connections_max = limits::http_connections_max - other_connections;
// A piece must fit in one line of JSON and in one message of gRPC.
constexpr uint32_t ids_per_piece_max = 1'800;
static_assert(ids_per_piece_max * 35 + 1024 <= limits::http_line_bytes_max);

void add_what(CLI::App& app, Options& options) {
  app.add_option("--spawn", options.server, "Path of the tocsind to start")->required();
  app.add_option("--listener", options.listener, "Path of tocsin-listen (default: beside tocsind)");
  app.add_option("--settings", options.settings, "Folder with nginx's settings")
      ->capture_default_str();
  app.add_option("--parts", options.parts, "What to measure")
      ->delimiter(',')
      ->check(CLI::IsMember({"idle", "sends", "list"}))
      ->capture_default_str();
  app.add_option("--registered", options.registered, "Devices of the app")
      ->check(CLI::Range(1u, 10'000u))
      ->capture_default_str();
  app.add_option("--payload-bytes", options.payload_bytes, "Bytes of data in a message")
      ->check(CLI::Range(size_t{1}, limits::message_content_bytes_max - limits::data_key_bytes_max))
      ->capture_default_str();
}

void add_sends(CLI::App& app, Options& options) {
  app.add_option("--rounds", options.plan.rounds, "Rounds of sends, REST, gRPC and nginx in turn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--sends", options.plan.sends, "Sends of each in a round")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app.add_option("--connections", options.plan.connections, "Connections of each, and threads")
      ->check(CLI::Range(1u, connections_max))
      ->capture_default_str();
  app.add_option("--idle", options.idle, "Idle REST connections")
      ->check(CLI::Range(1u, connections_max))
      ->capture_default_str();
  app.add_option("--idle-channels", options.idle_channels, "Idle gRPC connections")
      ->check(CLI::Range(1u, connections_max))
      ->capture_default_str();
}

void add_list(CLI::App& app, Options& options) {
  app.add_option("--list-ids", options.list_ids, "Ids in the list, all devices among them")
      ->check(CLI::Range(1u, uint32_t{limits::list_ids_max}))
      ->capture_default_str();
  app.add_option("--ids-per-piece", options.ids_per_piece, "Ids in one line or message")
      ->check(CLI::Range(1u, ids_per_piece_max))
      ->capture_default_str();
  app.add_option("--online", options.online, "Devices that are connected for the list")
      ->check(CLI::Range(1u, 500u))
      ->capture_default_str();
}

void check_together(const Options& options) {
  if (options.registered > options.list_ids) {
    throw CLI::ValidationError("--list-ids", "must be at least --registered");
  }
  if (options.online > options.registered) {
    throw CLI::ValidationError("--online", "must be at most --registered");
  }
}

}  // namespace

bool Options::has(const std::string& part) const {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

std::string Options::listener_path() const {
  if (!listener.empty()) return listener;
  return (std::filesystem::path(server).parent_path() / "tocsin-listen").string();
}

ParsedOptions parse_options(std::vector<std::string> arguments) {
  Options options;
  CLI::App app("tocsin-bench-api - what sends cost over REST and gRPC, beside nginx.",
               "tocsin-bench-api");
  app.footer(examples);
  add_what(app, options);
  add_sends(app, options);
  add_list(app, options);
  figures::add_answer_options(app, options.answer);
  app.callback([&options] { check_together(options); });
  figures::ParsedLine line = figures::parse_line(app, std::move(arguments));
  return {std::move(line), std::move(options)};
}

}  // namespace tocsin::api
