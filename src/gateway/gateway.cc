#include "gateway/gateway.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace tocsin::gateway {

Gateway::Gateway(Options options, cluster::Log& log, cluster::Bus& bus,
                 std::unique_ptr<runtime::HandshakePool> pool)
    : options_(std::move(options)), pool_(std::move(pool)) {
  TOCSIN_CHECK(options_.shards > 0 && options_.connections_max > 0);
  // Each shard gets its share: together they stay within the descriptors the process may have.
  options_.connections_max = std::max(1u, options_.connections_max / options_.shards);
  for (uint32_t i = 0; i < options_.shards; ++i) {
    shards_.push_back(std::make_unique<GatewayShard>(i, options_, log, bus, *pool_));
    shards_.back()->start();
  }
}

Gateway::~Gateway() {
  stop();
  pool_.reset();  // its threads post to the shards
}

absl::StatusOr<uint16_t> Gateway::serve() {
  absl::StatusOr<uint16_t> port = shards_[0]->listen(options_.listen_address);
  if (!port.ok()) return port;
  const std::string address = runtime::with_port(options_.listen_address, *port);
  for (size_t i = 1; i < shards_.size(); ++i) {
    const absl::StatusOr<uint16_t> same = shards_[i]->listen(address);
    if (!same.ok()) return same;
  }
  runtime::log_info("gateway: devices connect to {}, {} shards", address, shards_.size());
  return port;
}

void Gateway::stop() {
  for (const auto& shard : shards_) shard->stop();
}

uint64_t Gateway::connections() const {
  return static_cast<uint64_t>(runtime::gauge("tocsin_connections", "Device connections").value());
}

}  // namespace tocsin::gateway
