// Outbox: what storage tells gateways, gathered so that each gets one message of a kind per round.
//
// Thread: the storage thread.  Bound: what one batch of input produces.
#pragma once

#include <map>
#include <utility>

#include "cluster/bus.h"

namespace tocsin::storage {

class Outbox {
 public:
  explicit Outbox(cluster::Bus& bus) : bus_(bus) {}

  void grant(cluster::SessionGrant grant) {
    const auto gateway = grant.replay.session.gateway;
    granted_[gateway].push_back(std::move(grant));
  }
  void revoke(cluster::SessionRef session, cluster::SessionRevoked::Why why) {
    revoked_[session.gateway].push_back({session, why});
  }
  void deliver(cluster::Replay replay) {
    const auto gateway = replay.session.gateway;
    delivers_[gateway].push_back(std::move(replay));
  }
  void tags(cluster::SessionTags tags) {
    const auto gateway = tags.session.gateway;
    tags_[gateway].push_back(std::move(tags));
  }

  void cast(uint32_t gateway, cluster::SlotsCast cast) {
    casts_[gateway].push_back(std::move(cast));
  }
  // To every gateway.
  void withdraw(MessageId message) { withdrawn_.push_back(message); }

  // Send everything: sessions before what is for them.
  void flush() {
    if (!withdrawn_.empty()) {
      bus_.publish(cluster::Role::gateway, std::exchange(withdrawn_, {}));
    }
    send(revoked_);
    send(granted_);
    send(delivers_);
    send(tags_);
    send(casts_);
  }

 private:
  template <typename Batches>
  void send(Batches& batches) {
    for (auto& [gateway, batch] : batches) bus_.send(gateway, std::move(batch));
    batches.clear();
  }

  cluster::Bus& bus_;
  std::map<uint32_t, cluster::SessionsRevoked> revoked_;
  std::map<uint32_t, cluster::SessionsGranted> granted_;
  std::map<uint32_t, cluster::Deliver> delivers_;
  std::map<uint32_t, cluster::TagsChanged> tags_;
  std::map<uint32_t, cluster::SlotsCasts> casts_;
  cluster::Withdrawn withdrawn_;
};

}  // namespace tocsin::storage
