// What an operator may choose about a gateway (deploy/tocsind.toml documents each key).
//
// Thread: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.h"

namespace tocsin::gateway {

struct Options {
  std::string listen_address = "0.0.0.0:7443";
  uint32_t shards = 1;
  uint32_t connections_max = 0;  // over all shards; each gets an equal share
  // Per client address (IPv4 address or IPv6 /64), over all shards; 0: no limit.
  uint32_t connections_per_address_max = 0;
  uint32_t handshakes_per_address_per_s = 0;
  uint32_t hello_deadline_ms = limits::hello_deadline_ms_default;
  uint32_t heartbeat_s = limits::heartbeat_s_default;  // advice to devices that do not ask
  uint32_t drain_window_ms = 10'000;       // devices come back spread over this after a shutdown
  std::vector<std::string> gateway_hints;  // other gateways, "host:port"
};

}  // namespace tocsin::gateway
