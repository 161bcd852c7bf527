#include "drill/options.h"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

#include <CLI/CLI.hpp>

#include "base/bytes.h"
#include "base/hex.h"
#include "base/limits.h"
#include "wire/hello_auth.h"

namespace tocsin::drill {
namespace {

constexpr char examples[] = R"(Examples:
  # 1000 devices against a server of its own, started and removed again
  tocsin-drill --spawn build/release/tocsind

  # 15000 devices, five alerts, results kept and compared with the targets
  tocsin-drill --spawn build/release/tocsind -n 15000 --rounds 5 --json drill.json --check

  # one device in ten never reads: do the others still get it at once?
  tocsin-drill --spawn build/release/tocsind -n 10000 --stuck-percent 10

  # 72000 devices on four servers of their own, and a report to look at
  tocsin-drill --spawn build/release/tocsind -n 72000 --servers 4 --html drill.html

  # does an alert wait behind a broadcast?
  tocsin-drill --spawn build/release/tocsind -n 10000 --rounds 5 --competing

  # against a server that already runs
  tocsin-drill --server 127.0.0.1:7443 --api https://127.0.0.1:8443 --ca ca.pem \
      --app demo --send-key tsk_... --registration-key 00ff... --server-pid 4711

Exit code: 0 all well, 1 a device missed an alert or got it twice (or --check found a missed
target), 2 wrong usage, 3 the drill could not be run.)";

void add_fleet(CLI::App& app, Options& options) {
  app.add_option("-n,--devices", options.devices, "Simulated devices, each a real TLS connection")
      ->check(CLI::Range(size_t{1}, devices_max))
      ->capture_default_str();
  app.add_option("--workers", options.workers, "Worker processes (0: chosen by the machine)")
      ->check(CLI::Range(uint32_t{0}, workers_max))
      ->capture_default_str();
  app.add_option("--workers-at-once", options.workers_at_once,
                 "Workers that connect at the same time, the others wait for their turn (0: all "
                 "with one server, one for each CPU with several)")
      ->check(CLI::Range(uint32_t{0}, workers_max))
      ->capture_default_str();
  app.add_option("--handshakes", options.handshakes, "Handshakes under way at once, per worker")
      ->check(CLI::Range(uint32_t{1}, handshakes_max))
      ->capture_default_str();
  app.add_option("--handshakes-total", options.handshakes_total,
                 "Handshakes under way at once, all workers together (0: --handshakes each with "
                 "one server, --handshakes in all with several)")
      ->check(CLI::Range(uint32_t{0}, handshakes_max * workers_max))
      ->capture_default_str();
  app.add_flag("--largest-that-fits", options.largest_that_fits,
               "When the machine has no room for the devices, run as many as fit and say so");
  app.add_option("--heartbeat-s", options.heartbeat_s,
                 "Seconds between a device's pings (0: the server's choice)")
      ->check(CLI::Range(uint32_t{0}, limits::heartbeat_s_max))
      ->capture_default_str();
  app.add_option("--resume-percent", options.resume_percent,
                 "Devices in a hundred that resume TLS with a ticket, as a fleet does that comes "
                 "back; the first of each worker and server cannot")
      ->check(CLI::Range(uint32_t{0}, uint32_t{100}))
      ->capture_default_str();
  app.add_option("--stuck-percent", options.stuck_percent,
                 "Devices in a hundred that never read once connected; they are expected to miss")
      ->check(CLI::Range(uint32_t{0}, uint32_t{90}))
      ->capture_default_str();
  app.add_option("--stuck-flood-kib", options.stuck_flood_kib,
                 "Send so much to every device before the rounds, so that stuck ones are full")
      ->check(CLI::Range(uint32_t{0}, stuck_flood_kib_max))
      ->capture_default_str();
}

void add_alert(CLI::App& app, Options& options) {
  app.add_option("--rounds", options.rounds, "Alerts to send and report")
      ->check(CLI::Range(uint32_t{1}, rounds_max))
      ->capture_default_str();
  app.add_option("--warmup-rounds", options.warmup_rounds, "Alerts sent before, not reported")
      ->check(CLI::Range(uint32_t{0}, rounds_max))
      ->capture_default_str();
  app.add_option("--payload-bytes", options.payload_bytes, "Title and body of an alert together")
      ->check(CLI::Range(payload_bytes_min, uint32_t{limits::message_content_bytes_max}))
      ->capture_default_str();
  app.add_option("--priority", options.priority, "alert, high, normal or low")
      ->check(CLI::IsMember({"alert", "high", "normal", "low"}))
      ->capture_default_str();
  app.add_flag("--competing", options.competing,
               "Send each alert a second time, while a normal broadcast to everyone is under way");
}

void add_server(CLI::App& app, Options& options) {
  auto* spawn = app.add_option("--spawn", options.spawn,
                               "Path of a tocsind to start, with a data directory of its own");
  app.add_option("--spawn-arg", options.spawn_args,
                 "One more argument for that tocsind; may be given again")
      ->needs(spawn)
      ->allow_extra_args(false);
  app.add_option("--servers", options.servers,
                 "Start so many, each a whole server, and divide the devices among them (0: as "
                 "many as open files and devices demand)")
      ->needs(spawn)
      ->check(CLI::Range(uint32_t{0}, servers_max))
      ->capture_default_str();
  app.add_flag("--keep", options.keep, "Keep that server's directory and print where it is")
      ->needs(spawn);
  ServerAddress& server = options.server;
  auto* gateway = app.add_option("--server", server.gateway, "HOST:PORT of a running gateway");
  gateway->excludes(spawn);
  const auto with_gateway = [&](const char* name, std::string& to, const char* what) {
    app.add_option(name, to, what)->needs(gateway);
  };
  with_gateway("--api", server.api, "URL of its API, https://HOST:PORT");
  with_gateway("--ca", server.ca_file, "PEM file of the authority both are checked with");
  with_gateway("--app", server.app, "Name of the app the devices belong to");
  with_gateway("--send-key", server.send_key, "The app's send key");
  with_gateway("--registration-key", server.registration_key,
               "The app's registration key, 64 hex digits");
  app.add_option("--server-pid", server.pid,
                 "Process id of the server, to measure its memory and CPU")
      ->needs(gateway)
      ->check(CLI::PositiveNumber);
}

void add_waits(CLI::App& app, Options& options) {
  const auto wait = [&](const char* name, uint32_t& to, uint32_t max, const char* what) {
    app.add_option(name, to, what)->check(CLI::Range(uint32_t{0}, max))->capture_default_str();
  };
  wait("--connect-timeout-s", options.connect_timeout_s, 24 * 3600,
       "Longest wait for all devices to be connected (0: 60 s + 1 s for 100 devices)");
  wait("--settle-still-s", options.settle_still_s, 600,
       "Memory that stands still so long has settled; 35 outwaits the store's flush");
  wait("--settle-timeout-s", options.settle_timeout_s, 600,
       "Longest wait for the server's memory to settle before it is read");
  app.add_option("--alert-timeout-ms", options.alert_timeout_ms,
                 "A device that has no alert after this has missed it")
      ->check(CLI::Range(uint32_t{1}, uint32_t{600'000}))
      ->capture_default_str();
  wait("--books-timeout-s", options.books_timeout_s, 600,
       "Longest wait for the server's report to say that all was delivered");
}

void add_answer(CLI::App& app, Options& options) {
  app.add_option("--json", options.answer.json,
                 "Write the results as JSON to this file (- : stdout)");
  app.add_option("--html", options.html, "Write a report with charts to this file");
  app.add_flag("--check", options.answer.check, "Compare the results with the targets");
  app.add_option("--targets", options.answer.targets, "File of the targets")->capture_default_str();
  app.add_option("--section", options.answer.section, "Section of the targets")
      ->capture_default_str();
}

// What CLI11's own checks cannot say; empty when all is well.
std::string complaint_about(const Options& options) {
  if (options.spawn.empty() && options.server.gateway.empty()) {
    return "which server? Give --spawn PATH_TO_TOCSIND, or --server HOST:PORT with --api, --ca, "
           "--app, --send-key and --registration-key";
  }
  if (!options.spawn.empty()) return {};
  const ServerAddress& server = options.server;
  for (const auto& [name, value] : {std::pair{"--api", &server.api},
                                    {"--ca", &server.ca_file},
                                    {"--app", &server.app},
                                    {"--send-key", &server.send_key},
                                    {"--registration-key", &server.registration_key}}) {
    if (value->empty()) return fmt::format("--server needs {} too", name);
  }
  Bytes key(wire::registration_key_bytes);
  if (!from_hex(server.registration_key, key)) {
    return fmt::format("--registration-key must be {} hex digits",
                       2 * wire::registration_key_bytes);
  }
  return {};
}

// Whether the value behind `flag` must not be shown.
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

ParsedOptions usage_error(std::string_view complaint) {
  ParsedOptions parsed;
  parsed.exit_code = 2;
  parsed.text = fmt::format("tocsin-drill: {}\nRun tocsin-drill --help for more.\n", complaint);
  return parsed;
}

}  // namespace

ParsedOptions parse_options(std::vector<std::string> arguments) {
  ParsedOptions parsed;
  CLI::App app(
      "Connects a fleet of simulated devices to a Tocsin server, sends an alert, and tells "
      "the truth about it.",
      "tocsin-drill");
  app.get_formatter()->column_width(32);
  app.footer(examples);
  add_fleet(app, parsed.options);
  add_alert(app, parsed.options);
  add_server(app, parsed.options);
  add_waits(app, parsed.options);
  add_answer(app, parsed.options);
  // CLI11 takes the arguments from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::Success&) {
    parsed.text = app.help();
    return parsed;
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  const std::string complaint = complaint_about(parsed.options);
  if (!complaint.empty()) return usage_error(complaint);
  parsed.options.command = command_line(arguments);
  parsed.run = true;
  return parsed;
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
  std::string line = "tocsin-drill";
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

}  // namespace tocsin::drill
