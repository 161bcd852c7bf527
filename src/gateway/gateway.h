// Gateway: holds the devices' connections and gets every message to them.
//
// `options.shards` threads share one port; each has its own connections and shares nothing with the
// others but the handshake pool.
//
//   constructed (on the bus) --serve()--> serving --stop()--> stopped
//
// Thread: the owner's.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <absl/status/statusor.h>

#include "cluster/bus.h"
#include "cluster/log.h"
#include "gateway/gateway_shard.h"
#include "gateway/options.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::gateway {

class Gateway {
 public:
  // Joins the bus, so that nothing published from now on is missed. `pool` is the TLS side; `log`
  // and `bus` outlive the gateway.
  Gateway(Options options, cluster::Log& log, cluster::Bus& bus,
          std::unique_ptr<runtime::HandshakePool> pool);
  ~Gateway();

  // Accept connections. Returns the port, even when the address asked for a free one (port 0).
  absl::StatusOr<uint16_t> serve();

  // Send every device away with a jittered time to come back, and end. Idempotent.
  void stop();

  uint64_t connections() const;
  uint64_t handshakes_in_flight() const { return pool_->in_flight(); }

 private:
  Options options_;
  std::unique_ptr<runtime::HandshakePool> pool_;
  std::vector<std::unique_ptr<GatewayShard>> shards_;
};

}  // namespace tocsin::gateway
