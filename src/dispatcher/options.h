// What the dispatcher is started with.
//
// Thread: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/limits.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::dispatcher {

// What the gateways of this process hold, for /v1/status.
struct LiveCounts {
  uint64_t connections = 0;
  uint64_t handshakes_in_flight = 0;
};

struct Options {
  std::string listen_address;                // "0.0.0.0:8443"; port 0 takes a free one
  std::string grpc_address;                  // "0.0.0.0:9443"; empty: no gRPC
  runtime::TlsIdentity identity;             // of the API
  std::array<uint8_t, 32> admin_key_hash{};  // SHA-256 of the admin key's text
  uint32_t node = 0;                         // 0..1023, unique among dispatchers
  std::function<LiveCounts()> live;  // may be called from the dispatcher's shard at any time
  std::string version;
  std::string backups_folder;                          // backups are made in it
  size_t live_casts_max = limits::live_casts_max;      // per app
  uint32_t answer_ms_max = limits::api_answer_ms_max;  // wait for log and storage
  // Webhooks may be at addresses of this machine, and at http:// there.
  bool webhook_loopback = false;
};

}  // namespace tocsin::dispatcher
