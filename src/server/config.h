// Config: everything an operator can choose, from flags, environment and one file.
//
// Precedence: flag, then environment (TOCSIN_<KEY>), then the file given with --config, then the
// default. An unknown key is an error, so that a typing mistake is never a silent default.
// deploy/tocsind.toml lists every key; a test keeps the two in step.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.h"

namespace tocsin::server {

struct Config {
  std::string data_dir = "tocsin-data";
  std::string gateway_listen = "0.0.0.0:7443";
  std::string api_listen = "0.0.0.0:8443";
  std::string api_plain_listen;     // without TLS, on this machine alone; empty: none
  std::string grpc_listen = "off";  // a second address of the API
  uint32_t api_threads = 1;
  uint32_t api_keep_alive_s = limits::http_keep_alive_ms_default / 1000;
  uint32_t api_connections_per_address_max = limits::http_address_connections_default;
  uint32_t api_handshakes_per_address_per_s = limits::http_address_handshakes_per_s_default;
  std::string tls_certificate;  // PEM file; empty: development certificate in data_dir/tls
  std::string tls_key;
  uint32_t gateway_shards = 0;     // 0: one per core
  uint32_t handshake_threads = 0;  // 0: half the cores, at least 1
  uint32_t handshakes_in_flight = limits::handshakes_in_flight_default;
  uint32_t handshake_deadline_ms = limits::handshake_deadline_ms_default;
  uint32_t gateway_connections_per_address_max = 0;   // 0: no limit
  uint32_t gateway_handshakes_per_address_per_s = 0;  // 0: no limit
  uint32_t hello_deadline_ms = limits::hello_deadline_ms_default;
  uint32_t heartbeat_s = limits::heartbeat_s_default;
  uint32_t connections_max = 0;  // 0: what the open-files limit allows
  std::vector<std::string> gateway_hints;
  uint32_t drain_window_ms = 10'000;
  uint32_t report_retention_days = limits::report_retention_s_default / 86'400;
  std::string webhook_ca;         // PEM file; empty: the system's authorities
  bool webhook_loopback = false;  // webhooks may be on this machine
  std::string webhook_proxy;      // http://HOST:PORT between webhooks and this machine; empty: none
  uint32_t node = 0;
  std::string log_level = "info";
  std::string ready_file;
  // Work on the data in data_dir instead of serving (server/offline.h).
  bool check_store = false;
  std::string restore_backup;  // the backup's folder
};

// Parse the command line into `config`. Returns -1 to go on, else the exit status (0 after --help
// or --version, 2 after a mistake, which was explained on standard error).
int parse_config(int argc, char** argv, Config& config);

}  // namespace tocsin::server
