// LiveCasts: the casts that a connecting device may still be offered, with their sets, in memory.
//
// A session that opens costs two bit look-ups per live cast of its app, and no disk. A cast leaves
// at its expiry; its books stay in the store.
//
// `delivered` here runs ahead of the store: acknowledgements are marked when they come, not when
// their log record is applied, so that a device that reconnects in between is not offered the
// message again.
//
// Thread: the storage thread.  Bound: live_casts_max per app (the dispatcher's).
#pragma once

#include <cstdint>
#include <map>

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include "cluster/bus_message.h"
#include "sets/device_set.h"
#include "storage/store/message_order.h"
#include "storage/store/store.h"
#include "storage/tables/delivery_conditions.h"

namespace tocsin::storage {

struct LiveCast {
  cluster::SharedEnvelope envelope;
  cluster::Position position = 0;  // 0 for one that was live before this process
  sets::DeviceSet targeted;        // who may have it by now
  sets::DeviceSet delivered;
  bool grown = true;                 // since the last shrink
  SharedConditions conditions = {};  // nullptr: none

  bool is_pending_for(DeviceRef device) const {
    return targeted.contains(device) && !delivered.contains(device);
  }
};

class LiveCasts {
 public:
  using OfApp = std::map<MessageOrder, LiveCast>;

  // All stored casts that are worth sending at `now_ms`.
  absl::Status load(const Store& store, uint64_t now_ms, TraitNames& names);

  void add(LiveCast cast);
  // nullptr when it is not live, or another app's.
  LiveCast* find(AppId app, MessageId message);
  const LiveCast* find(AppId app, MessageId message) const;
  // The casts of an app in the order to send.
  const OfApp& of(AppId app) const;

  template <typename Visit>
  void each(const Visit& visit) const {
    for (const auto& [app, casts] : by_app_) {
      for (const auto& [order, cast] : casts) visit(cast);
    }
  }

  void remove(AppId app, MessageId message);

  void mark_delivered(LiveCast& cast, DeviceRef device);
  void mark_delivered(LiveCast& cast, const sets::DeviceSet& devices);

  // Forget what has expired, and pack the sets that have grown since the last time.
  void sweep(uint64_t now_ms);

  size_t size() const { return by_message_.size(); }

 private:
  absl::flat_hash_map<uint32_t, OfApp> by_app_;
  absl::flat_hash_map<uint64_t, LiveCast*> by_message_;  // into by_app_
};

}  // namespace tocsin::storage
