// StorageLink: what a gateway shard tells storage, gathered into batches.
//
// Events pile up while the shard works through a round of input and go out as one bus message each
// at flush(), so that a reconnect storm costs storage messages per round, not per device.
//
// Thread: one shard.
// Bound: what one round of input produces.
#pragma once

#include <utility>

#include "cluster/bus.h"

namespace tocsin::gateway {

class StorageLink {
 public:
  explicit StorageLink(cluster::Bus& bus) : bus_(bus) {}

  void opened(cluster::SessionOpened event) { opened_.push_back(event); }
  void closed(cluster::SessionClosed event) { closed_.push_back(event); }
  void acknowledged(cluster::Acknowledgement event) { acknowledged_.push_back(event); }

  void conditions(cluster::SessionConditions event) { conditions_.push_back(event); }

  // Acks before closes before opens: the books see what a device got before it went.
  void flush() {
    publish(acknowledged_);
    publish(conditions_);
    publish(closed_);
    publish(opened_);
  }

 private:
  template <typename Batch>
  void publish(Batch& batch) {
    if (batch.empty()) return;
    bus_.publish(cluster::Role::storage, std::exchange(batch, {}));
  }

  cluster::Bus& bus_;
  cluster::SessionsOpened opened_;
  cluster::SessionsClosed closed_;
  cluster::Acknowledged acknowledged_;
  cluster::ConditionsChanged conditions_;
};

}  // namespace tocsin::gateway
