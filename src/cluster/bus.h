// Bus: live messages between the roles of an installation. Soft state: delivery is at most once,
// and everything on it can be rebuilt from the log and the sets.
//
// An endpoint is one shard of one role. Messages from one endpoint to another arrive in the order
// sent.
//
// Thread: join() before traffic starts; send() and publish() from any thread; handlers run on the
// endpoint's own shard.
#pragma once

#include <cstdint>
#include <functional>

#include "cluster/bus_message.h"
#include "runtime/shard.h"

namespace tocsin::cluster {

enum class Role : uint8_t { gateway, dispatcher, storage, webhooks };

using EndpointId = uint32_t;

class Bus {
 public:
  using Handler = std::function<void(BusMessage)>;

  virtual ~Bus() = default;

  // A new endpoint of `role` whose messages are handled by `handler` on `shard`.
  // The shard must outlive the traffic.
  virtual EndpointId join(Role role, runtime::Shard& shard, Handler handler) = 0;

  // To one endpoint; dropped if no endpoint has that number.
  virtual void send(EndpointId to, BusMessage message) = 0;

  // To every endpoint of `role`.
  virtual void publish(Role role, BusMessage message) = 0;
};

}  // namespace tocsin::cluster
