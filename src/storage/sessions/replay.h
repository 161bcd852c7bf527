// Replays: sessions that are being brought up to date, in_flight_max messages at a time.
//
//   open --begin()--> all fits: not draining
//              \----> draining --acks make room: next()--> ... --nothing left--> not draining
//
// What is in the backlog is looked up anew for every batch, so a message accepted meanwhile takes
// its place in the order. Only sessions with more than in_flight_max pending messages have an entry
// here. The hand-over to the gateways (`as_of`) is defined in cluster/bus_message.h.
//
// Thread: the storage thread.
// Bound: in_flight_max unacknowledged a session, and the alerts that came meanwhile.
#pragma once

#include <cstdint>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include "cluster/bus_message.h"
#include "storage/sessions/ack_gatherer.h"
#include "storage/sessions/backlog.h"

namespace tocsin::storage {

class Replays {
 public:
  Replays(const Backlog& backlog, const AckGatherer& acks) : backlog_(backlog), acks_(acks) {}

  // The moment at which a batch is put together.
  struct Now {
    cluster::Position applied = 0;
    uint64_t wall_ms = 0;
  };

  struct Opened {
    DeviceRef device;
    AppId app;
    cluster::SessionRef session;
    Traits traits;
  };
  // The first batch for a session just opened; ends an earlier session's replay.
  absl::StatusOr<cluster::Replay> begin(const Opened& opened, Now now);
  // The session closed.
  void end(DeviceRef device);

  // What is true of the device changed: it counts from the next batch on.
  void set_traits(DeviceRef device, Traits traits);

  bool is_draining(DeviceRef device) const { return drains_.contains(key_of(device)); }
  // Messages on their way to a draining session.
  size_t in_flight(DeviceRef device) const;
  // A message was sent outside a batch (an alert does not wait). Requires is_draining(device).
  void sent(DeviceRef device, const cluster::Envelope& envelope);

  // The device acknowledged. True when there is room enough for the next batch.
  bool on_ack(DeviceRef device, MessageId message);
  // The next batch. Requires is_draining(device).
  absl::StatusOr<cluster::Replay> next(DeviceRef device, Now now);

  // Stop waiting for messages that expired in flight, whose acknowledgement need never come;
  // returns the sessions that have room for the next batch.
  std::vector<DeviceRef> release_expired(uint64_t now_ms);

 private:
  struct Sent {
    MessageId message;
    uint64_t expires_at_ms;
  };
  struct Drain {
    cluster::SessionRef session;
    AppId app;
    Traits traits;
    cluster::Position alerts_as_of = 0;
    std::vector<Sent> in_flight;
  };
  static uint64_t key_of(DeviceRef device) {
    return uint64_t{device.partition} << 32 | device.ordinal;
  }
  static bool has_room(const Drain& drain);
  absl::StatusOr<cluster::Replay> batch(DeviceRef device, Drain& drain, Now now) const;

  const Backlog& backlog_;
  const AckGatherer& acks_;
  absl::flat_hash_map<uint64_t, Drain> drains_;
};

}  // namespace tocsin::storage
