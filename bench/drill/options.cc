#include "drill/options.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hex.h"
#include "base/limits.h"
#include "wire/hello_auth.h"

namespace tocsin::bench::drill {
namespace {

// Whether the value after `flag` must not be shown.
bool is_secret(std::string_view flag) {
  return flag == "--send-key" || flag == "--registration-key";
}

std::string shell_quoted(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

const Program program = {
    "tocsin-drill",
    "Connects a fleet of simulated devices to a Tocsin server, sends an alert, and tells the truth "
    "about it.",
    R"(Examples:
  # 1000 devices against a server of its own, started and removed again
  tocsin-drill --spawn build/release/tocsind

  # 15000 devices, five alerts, results kept and compared with the targets
  tocsin-drill --spawn build/release/tocsind -n 15000 --rounds 5 --json drill.json --check

  # one device in ten never reads: do the others still get it at once?
  tocsin-drill --spawn build/release/tocsind -n 10000 --stuck-percent 10

  # 72000 devices on four servers of their own, and a report to look at
  tocsin-drill --spawn build/release/tocsind -n 72000 --servers 4 --html drill.html

  # does an alert wait for a broadcast?
  tocsin-drill --spawn build/release/tocsind -n 10000 --rounds 5 --competing

  # against a server that already runs
  tocsin-drill --server 127.0.0.1:7443 --api https://127.0.0.1:8443 --ca ca.pem \
      --app demo --send-key tsk_... --registration-key 00ff... --server-pid 4711

Exit code: 0 all well, 1 a device missed an alert or got it twice (or --check found a missed
target), 2 wrong usage, 3 the drill could not be run.)"};

void Options::declare_fleet() {
  number("-n,--devices", devices, 1, devices_max, "Simulated devices, each a real TLS connection");
  number("--workers", workers, 0, workers_max, "Worker processes (0: chosen by the machine)");
  number("--workers-at-once", workers_at_once, 0, workers_max,
         "Workers that connect at the same time, the others wait for their turn (0: all "
         "with one server, one for each CPU with several)");
  number("--handshakes", handshakes, 1, handshakes_max, "Handshakes under way at once, per worker");
  number("--handshakes-total", handshakes_total, 0, handshakes_max * workers_max,
         "Handshakes under way at once, all workers together (0: --handshakes each with "
         "one server, --handshakes in all with several)");
  flag("--largest-that-fits", largest_that_fits,
       "When the machine has no room for the devices, run as many as fit and say so");
  number("--heartbeat-s", heartbeat_s, 0, limits::heartbeat_s_max,
         "Seconds between a device's pings (0: the server's choice)");
  number("--resume-percent", resume_percent, 0, 100,
         "Devices in a hundred that resume TLS with a ticket, as a fleet does that comes "
         "back; the first of each worker and server cannot");
  number("--stuck-percent", stuck_percent, 0, 90,
         "Devices in a hundred that never read once connected; they are expected to miss");
  number("--stuck-flood-kib", stuck_flood_kib, 0, stuck_flood_kib_max,
         "Send this much to every device before the rounds, so that stuck ones are full");
}

void Options::declare_alert() {
  number("--rounds", rounds, 1, rounds_max, "Alerts to send and report");
  number("--warmup-rounds", warmup_rounds, 0, rounds_max, "Alerts sent before, not reported");
  number("--payload-bytes", payload_bytes, payload_bytes_min, limits::message_content_bytes_max,
         "Title and body of an alert together");
  value("--priority", priority, "alert, high, normal or low")
      ->check(CLI::IsMember({"alert", "high", "normal", "low"}));
  flag("--competing", competing,
       "Send each alert a second time, while a normal broadcast to everyone is under way");
}

void Options::declare_server() {
  CLI::Option* own =
      spawned(spawn, spawn_args, "Path of a tocsind to start, with a data directory of its own");
  number("--servers", servers, 0, servers_max,
         "Start this many, each a whole server, and divide the devices among them (0: as "
         "many as open files and devices demand)")
      ->needs(own);
  flag("--keep", keep, "Keep that server's directory and print where it is")->needs(own);
  CLI::Option* running = text("--server", server.gateway, "HOST:PORT of a running gateway");
  running->excludes(own);
  text("--api", server.api, "URL of its API, https://HOST:PORT")->needs(running);
  text("--ca", server.ca_file, "PEM file of the authority both are checked with")->needs(running);
  text("--app", server.app, "Name of the app the devices belong to")->needs(running);
  text("--send-key", server.send_key, "The app's send key")->needs(running);
  text("--registration-key", server.registration_key, "The app's registration key, 64 hex digits")
      ->needs(running);
  text("--server-pid", server.pid, "Process id of the server, to measure its memory and CPU")
      ->needs(running)
      ->check(CLI::PositiveNumber);
}

void Options::declare_waits() {
  number("--connect-timeout-s", connect_timeout_s, 0, 24 * 3600,
         "Longest wait for all devices to be connected (0: 60 s + 1 s for 100 devices)");
  number("--settle-still-s", settle_still_s, 0, 600,
         "Memory that stands still this long has settled; 35 outwaits the store's flush");
  number("--settle-timeout-s", settle_timeout_s, 0, 600,
         "Longest wait for the server's memory to settle before it is read");
  number("--alert-timeout-ms", alert_timeout_ms, 1, 600'000,
         "A device that has no alert after this has missed it");
  number("--books-timeout-s", books_timeout_s, 0, 600,
         "Longest wait for the server's report to say that all was delivered");
}

void Options::declare() {
  declare_fleet();
  declare_alert();
  declare_server();
  declare_waits();
  text("--html", html, "Write a report with charts to this file");
}

std::string Options::finish(const CLI::App&) {
  if (spawn.empty() && server.gateway.empty()) {
    return "which server? Give --spawn PATH_TO_TOCSIND, or --server HOST:PORT with --api, --ca, "
           "--app, --send-key and --registration-key";
  }
  if (!spawn.empty()) return {};
  for (const auto& [name, value] : {std::pair{"--api", &server.api},
                                    {"--ca", &server.ca_file},
                                    {"--app", &server.app},
                                    {"--send-key", &server.send_key},
                                    {"--registration-key", &server.registration_key}}) {
    if (value->empty()) return fmt::format("--server needs {} too", name);
  }
  Bytes key(wire::registration_key_bytes);
  if (from_hex(server.registration_key, key)) return {};
  return fmt::format("--registration-key must be {} hex digits", 2 * wire::registration_key_bytes);
}

uint32_t connect_timeout_s_of(const Options& options) {
  if (options.connect_timeout_s != 0) return options.connect_timeout_s;
  return 60 + static_cast<uint32_t>(options.devices / 100);
}

uint32_t flood_messages_of(const Options& options) {
  return (options.stuck_flood_kib * 1024 + flood_message_bytes - 1) / flood_message_bytes;
}

uint32_t messages_of(const Options& options) {
  return flood_messages_of(options) + options.warmup_rounds +
         options.rounds * (options.competing ? 3 : 1);
}

uint32_t connecting_workers(const Options& options, uint32_t workers, uint32_t servers,
                            uint32_t cpus) {
  if (options.workers_at_once != 0) return std::min(options.workers_at_once, workers);
  return servers > 1 ? std::min(std::max(2u, cpus), workers) : workers;
}

uint32_t handshakes_per_worker(const Options& options, uint32_t workers, uint32_t servers) {
  uint32_t total = options.handshakes_total;
  if (total == 0) total = options.handshakes * (servers > 1 ? 1 : workers);
  return std::clamp(total / std::max(1u, workers), 1u, handshakes_max);
}

std::string command_line(const std::vector<std::string>& arguments) {
  std::string line = program.name;
  bool hide_next = false;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    line += ' ';
    if (hide_next) {
      line += "...";
    } else if (equals != std::string::npos && is_secret(argument.substr(0, equals))) {
      line += argument.substr(0, equals + 1) + "...";
    } else {
      line += shell_quoted(argument);
    }
    hide_next = is_secret(argument);
  }
  return line;
}

}  // namespace tocsin::bench::drill
