// InProcessBus: the Bus when all roles live in one process; a message is a post to a shard.
//
// Thread: see cluster/bus.h; join() is also allowed while traffic runs.
// Bound: messages wait in the receiving shard's queue.
#pragma once

#include <memory>
#include <shared_mutex>
#include <vector>

#include "cluster/bus.h"

namespace tocsin::cluster {

class InProcessBus : public Bus {
 public:
  EndpointId join(Role role, runtime::Shard& shard, Handler handler) override;
  void send(EndpointId to, BusMessage message) override;
  void publish(Role role, BusMessage message) override;

 private:
  struct Endpoint {
    Role role;
    runtime::Shard* shard;
    std::shared_ptr<const Handler> handler;
  };
  static void post(const Endpoint& endpoint, BusMessage message);

  std::shared_mutex mutex_;          // guards endpoints_, which grows at start-up only
  std::vector<Endpoint> endpoints_;  // index = EndpointId
};

}  // namespace tocsin::cluster
