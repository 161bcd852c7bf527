// Sessions: the conversation with the gateways: who is connected, what they are sent, what they
// acknowledge. The protocol is in cluster/bus_message.h.
//
// Thread: the storage thread.  Bound: one session a device; see Replays and AckGatherer.
#pragma once

#include <vector>

#include "cluster/bus_message.h"
#include "sets/device_set.h"
#include "storage/apply/record_apply.h"
#include "storage/sessions/ack_gatherer.h"
#include "storage/sessions/outbox.h"
#include "storage/sessions/replay.h"
#include "storage/sessions/routes.h"
#include "storage/sessions/seen_gatherer.h"
#include "storage/store/store.h"
#include "storage/tables/live_casts.h"
#include "storage/tables/messages.h"
#include "storage/tables/registry.h"

namespace tocsin::storage {

class Sessions {
 public:
  struct Parts {
    const Store& store;
    const Registry& registry;
    const Messages& messages;
    LiveCasts& live_casts;
    TraitNames& names;
    AckGatherer& acks;
    SeenGatherer& seen;
    Replays& replays;
    Outbox& outbox;
  };
  explicit Sessions(const Parts& parts);

  // Answers go to the outbox; the caller flushes it.
  void on_opened(const cluster::SessionsOpened& opened);
  void on_closed(const cluster::SessionsClosed& closed);
  void on_acknowledged(const cluster::Acknowledged& acknowledged);
  // Devices say that other conditions hold: what waited for them is sent.
  void on_conditions(const cluster::ConditionsChanged& changed);
  // Records were applied: send what is for devices that are connected.
  void on_applied(const Applied& applied);
  // Go on with replays that wait for acknowledgements that need not come any more, and send what
  // waited for the hour.
  void tick();

  // How many of `devices` are connected and may have the message now.
  uint64_t count_reachable(const LiveCast& cast, const sets::DeviceSet& devices) const;

  size_t open_sessions() const { return routes_.size(); }
  bool is_connected(DeviceRef device) const { return routes_.find(device).has_value(); }
  const sets::DeviceSet& online() const { return online_; }

 private:
  void open(const cluster::SessionOpened& opened, Device device);
  // Whether the ack was kept.
  bool acknowledge(const cluster::Acknowledgement& ack);
  // NOT_FOUND: it is of no message.
  absl::StatusOr<uint64_t> when_accepted(const cluster::Acknowledgement& ack) const;
  void send_waiting(DeviceRef device, cluster::SessionRef session, AppId app, uint32_t gained);
  void send_by_the_clock();
  void send_now(const Applied::ToDevice& accepted);
  void send_next(const std::vector<DeviceRef>& devices);
  Replays::Now now() const;

  // To those of `devices` that are connected and may have it now.
  void cast(const cluster::SharedEnvelope& envelope, const DeliveryConditions* conditions,
            const sets::DeviceSet& devices);
  // And are of one of these zones.
  void cast_in_zones(const LiveCast& cast, const std::vector<bool>& zones);
  void forget_deleted(DeviceRef device);

  Parts parts_;
  Routes routes_;
  sets::DeviceSet online_;  // those with a route
  uint64_t clocks_looked_at_ms_;
  bool full_said_ = false;
};

}  // namespace tocsin::storage
