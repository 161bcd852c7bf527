// Settings of the dispatcher.
//
// Thread: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/limits.h"
#include "runtime/http_server/http_server.h"

namespace tocsin::dispatcher {

// Counts of what the gateways of this process hold, for /v1/status.
struct LiveCounts {
  uint64_t connections = 0;
  uint64_t handshakes_in_flight = 0;
};

struct Options {
  std::string listen_address;  // "0.0.0.0:8443"; port 0 any free one
  std::string plain_address;   // "127.0.0.1:8080", without TLS; empty: none
  std::string grpc_address;    // a second one like listen_address; empty: none
  runtime::HttpServerOptions http;
  uint32_t threads = 1;                      // for connections; 1: the dispatcher's own
  std::array<uint8_t, 32> admin_key_hash{};  // SHA-256 of the admin key's text
  uint32_t node = 0;                         // 0..1023, unique among dispatchers
  std::function<LiveCounts()> live;  // may be called from the dispatcher's shard at any time
  std::string version;
  std::string backups_folder;                          // where backups are made
  size_t live_casts_max = limits::live_casts_max;      // per app
  uint32_t answer_ms_max = limits::api_answer_ms_max;  // how long to wait for log and storage
  // Allow webhooks at addresses of this machine, and http:// there.
  bool webhook_loopback = false;
};

}  // namespace tocsin::dispatcher
