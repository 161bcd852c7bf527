#include "cluster/in_process_bus.h"

#include <mutex>

namespace tocsin::cluster {

EndpointId InProcessBus::join(Role role, runtime::Shard& shard, Handler handler) {
  const std::unique_lock lock(mutex_);
  endpoints_.push_back({role, &shard, std::make_shared<const Handler>(std::move(handler))});
  return static_cast<EndpointId>(endpoints_.size() - 1);
}

void InProcessBus::send(EndpointId to, BusMessage message) {
  const std::shared_lock lock(mutex_);
  if (to < endpoints_.size()) post(endpoints_[to], std::move(message));
}

void InProcessBus::publish(Role role, BusMessage message) {
  const std::shared_lock lock(mutex_);
  for (const Endpoint& endpoint : endpoints_) {
    if (endpoint.role == role) post(endpoint, message);
  }
}

void InProcessBus::post(const Endpoint& endpoint, BusMessage message) {
  endpoint.shard->post([handler = endpoint.handler, message = std::move(message)]() mutable {
    (*handler)(std::move(message));
  });
}

}  // namespace tocsin::cluster
