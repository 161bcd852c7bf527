#include "server/config.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "runtime/net/listener.h"

namespace tocsin::server {
namespace {

constexpr char description[] =
    "tocsind - the Tocsin push server: gateway, dispatcher and storage in one process.\n\n"
    "Without any option it serves devices on port 7443 and the API on port 8443, keeps its data "
    "in\n"
    "./tocsin-data and makes development certificates and an admin key there on first start.\n"
    "Stop it with SIGTERM or Ctrl-C: devices are told when to come back.";

constexpr char footer[] =
    "Every option can also be a line `key = value` in the --config file or an environment "
    "variable\n"
    "TOCSIN_<KEY>. A sample with every key explained: deploy/tocsind.toml.\n\n"
    "Exit status: 0 clean stop, 1 could not start or run, 2 mistake in the configuration.";

std::string environment_name(std::string key) {
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  return "TOCSIN_" + key;
}

// One key: flag, file key and environment variable of the same name.
template <typename Value>
CLI::Option* add_key(CLI::App& app, const std::string& key, Value& value, const std::string& help) {
  return app.add_option("--" + key, value, help)
      ->envname(environment_name(key))
      ->capture_default_str();
}

void add_server_keys(CLI::App& app, Config& config) {
  app.add_option("--data_dir,--data-dir", config.data_dir,
                 "Folder for log, store, certificates and admin key")
      ->envname(environment_name("data_dir"))
      ->capture_default_str();
  add_key(app, "tls_certificate", config.tls_certificate,
          "PEM file with the certificate chain; empty: a development certificate is made");
  add_key(app, "tls_key", config.tls_key, "PEM file with the private key of tls_certificate");
  add_key(app, "report_retention_days", config.report_retention_days,
          "Days a message's report is kept after it expires")
      ->check(CLI::Range(1, 3650));
  add_key(app, "webhook_ca", config.webhook_ca,
          "PEM file with the authorities of webhooks; empty: the system's");
  add_key(app, "webhook_loopback", config.webhook_loopback,
          "true: webhooks may be on this machine, also over http://");
  add_key(app, "webhook_proxy", config.webhook_proxy,
          "http://HOST:PORT of the proxy that webhooks are posted through; empty: none");
  add_key(app, "node", config.node, "Number of this node, unique in the installation")
      ->check(CLI::Range(0, 1023));
  add_key(app, "log_level", config.log_level, "How much to log")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  add_key(app, "ready_file", config.ready_file,
          "File to write, as JSON with the ports, once the server serves");
}

void add_api_keys(CLI::App& app, Config& config) {
  add_key(app, "api_listen", config.api_listen,
          "HOST:PORT of the API, REST and gRPC; port 0: any free one");
  add_key(app, "api_plain_listen", config.api_plain_listen,
          "HOST:PORT on this machine for the API without TLS; empty: none");
  add_key(app, "grpc_listen", config.grpc_listen,
          "HOST:PORT that also serves the API, for clients of earlier versions; off: none");
  add_key(app, "api_threads", config.api_threads,
          "Threads for the API's connections; 1: the one that accepts sends")
      ->check(CLI::Range(1u, limits::api_threads_max));
  add_key(app, "api_keep_alive_s", config.api_keep_alive_s,
          "An API connection without a request is kept this long, s")
      ->check(CLI::Range(1, 3600));
  add_key(app, "api_connections_per_address_max", config.api_connections_per_address_max,
          "API connections of one client address at once; 0: no limit")
      ->check(CLI::Range(0, 1 << 24));
  add_key(app, "api_handshakes_per_address_per_s", config.api_handshakes_per_address_per_s,
          "New API connections of one client address per second; 0: no limit")
      ->check(CLI::Range(0u, limits::handshakes_per_address_per_s_max));
}

void add_gateway_keys(CLI::App& app, Config& config) {
  add_key(app, "gateway_listen", config.gateway_listen,
          "HOST:PORT for devices; port 0: any free one");
  add_key(app, "gateway_shards", config.gateway_shards, "Gateway threads; 0: one per core")
      ->check(CLI::Range(0, 1024));
  add_key(app, "handshake_threads", config.handshake_threads,
          "TLS handshake threads; 0: half the cores, at least one")
      ->check(CLI::Range(0, 1024));
  add_key(app, "handshakes_in_flight", config.handshakes_in_flight,
          "TLS handshakes at once; each costs 54 KB while it runs")
      ->check(CLI::Range(1u, limits::handshakes_in_flight_max));
  add_key(app, "handshake_deadline_ms", config.handshake_deadline_ms,
          "A TLS handshake must finish within this time, ms")
      ->check(CLI::Range(100, 120'000));
  add_key(app, "gateway_connections_per_address_max", config.gateway_connections_per_address_max,
          "Connections from one client address at once; 0: no limit")
      ->check(CLI::Range(0, 1 << 24));
  add_key(app, "gateway_handshakes_per_address_per_s", config.gateway_handshakes_per_address_per_s,
          "Handshakes from one client address per second; 0: no limit")
      ->check(CLI::Range(0u, limits::handshakes_per_address_per_s_max));
  add_key(app, "hello_deadline_ms", config.hello_deadline_ms,
          "A device must send Hello within this time after the handshake, ms")
      ->check(CLI::Range(100, 120'000));
  add_key(app, "heartbeat_s", config.heartbeat_s,
          "Heartbeat advised to devices that do not ask for one, s")
      ->check(CLI::Range(limits::heartbeat_s_min, limits::heartbeat_s_max));
  add_key(app, "connections_max", config.connections_max,
          "Device connections at once; 0: what the open-files limit allows");
  add_key(app, "gateway_hints", config.gateway_hints,
          "Other gateways a device may try, HOST:PORT, up to 4")
      ->expected(0, static_cast<int>(limits::gateways_hint_max));
  add_key(app, "drain_window_ms", config.drain_window_ms,
          "Devices sent away at shutdown come back spread over this time, ms")
      ->check(CLI::Range(0, 3'600'000));
}

// Options for work instead of serving; not for the file or the environment.
void add_offline_work(CLI::App& app, Config& config) {
  CLI::Option* check =
      app.add_flag("--check-store,--check_store", config.check_store,
                   "Check log and store in data_dir, change nothing, and exit: 0 good, 1 findings, "
                   "2 cannot be checked");
  check->configurable(false);
  app.add_option("--restore-backup,--restore_backup", config.restore_backup,
                 "Check the backup in this folder, copy it into data_dir, which must be empty, and "
                 "exit")
      ->configurable(false)
      ->excludes(check);
}

void add_information(CLI::App& app) {
  app.set_config("--config", "", "Read keys from this file (key = value lines)")
      ->envname("TOCSIN_CONFIG")
      ->check(CLI::ExistingFile);
  app.allow_config_extras(false);
  app.set_version_flag("--version", std::string("tocsind ") + TOCSIN_VERSION);
  app.add_flag_callback(
         "--print_config_keys",
         [&app] {
           for (const CLI::Option* option : app.get_options()) {
             if (!option->get_envname().empty() && option->get_name() != "--config") {
               std::puts(option->get_name().substr(2).c_str());
             }
           }
           throw CLI::Success();
         },
         "Print the name of every configuration key and exit")
      ->configurable(false)
      ->trigger_on_parse();
}

// What is wrong with the file when it has a key that is none; "" for any other error. CLI11 names
// neither the file nor what is wrong.
std::string unknown_key(const CLI::App& app, const std::string& error) {
  constexpr std::string_view beginning = "INI was not able to parse ";
  if (!error.starts_with(beginning)) return "";
  return fmt::format("{}: unknown key '{}'; tocsind --print_config_keys lists all there are",
                     app.get_config_ptr()->as<std::string>(), error.substr(beginning.size()));
}

std::string check_addresses(const Config& config) {
  const std::pair<const char*, const std::string*> addresses[] = {
      {"gateway_listen", &config.gateway_listen},
      {"api_listen", &config.api_listen},
      {"grpc_listen", &config.grpc_listen},
      {"api_plain_listen", &config.api_plain_listen}};
  for (const auto& [key, address] : addresses) {
    if (const auto status = runtime::Listener::check(*address);
        *address != "off" && !address->empty() && !status.ok()) {
      return fmt::format("{}: {}", key, std::string(status.message()));
    }
  }
  if (config.gateway_listen == "off" || config.api_listen == "off") {
    return "gateway_listen and api_listen cannot be off";
  }
  if (config.grpc_listen == config.api_listen && !config.api_listen.ends_with(":0")) {
    return "grpc_listen is the same address as api_listen: leave it out";
  }
  return "";
}

std::string check_together(const Config& config) {
  if (const std::string mistake = check_addresses(config); !mistake.empty()) return mistake;
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    return "tls_certificate and tls_key go together: give both or neither";
  }
  for (const std::string& hint : config.gateway_hints) {
    if (hint.size() > limits::gateway_text_bytes_max) {
      return "gateway_hints: '" + hint + "' is longer than 64 bytes";
    }
  }
  return "";
}

}  // namespace

int parse_config(int argc, char** argv, Config& config) {
  CLI::App app(description, "tocsind");
  app.footer(footer);
  add_information(app);
  add_server_keys(app, config);
  add_api_keys(app, config);
  add_gateway_keys(app, config);
  add_offline_work(app, config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const std::string mistake = unknown_key(app, error.what()); !mistake.empty()) {
      std::cerr << mistake << "\n";
      return 2;
    }
    const int status = app.exit(error, std::cout, std::cerr);
    return status == 0 ? 0 : 2;
  }
  if (const std::string mistake = check_together(config); !mistake.empty()) {
    std::cerr << mistake << "\nRun with --help for more information.\n";
    return 2;
  }
  if (config.api_plain_listen == "off") config.api_plain_listen.clear();
  return -1;
}

}  // namespace tocsin::server
