// Lanes: what a gateway shard still has to send, by priority.
//
// Four queues; the highest non-empty one is always served first, a small run at a time, so an alert
// overtakes a broadcast that is under way after at most limits::fan_out_chunk deliveries. Within a
// lane, first come, first served.
//
//   alert   [ cast: slots 17, 18, 40 ... ]
//   high    [ ]
//   normal  [ direct: slot 3 ] [ cast: slots 0, 1, 2 ... ]
//   low     [ ]
//
// Thread: one shard.
// Bound: casts as accepted (limits::live_casts_max per app); direct items by limits::in_flight_max
// per session.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "cluster/bus_message.h"
#include "sets/ordinal_set.h"

namespace tocsin::gateway {

class Lanes {
 public:
  // Deliveries of one message: to `count` slots.
  struct Run {
    cluster::SharedEnvelope envelope;
    std::array<uint32_t, limits::fan_out_chunk> slots;
    size_t count = 0;
    // Set for a direct item: deliver only to this generation of slots[0].
    std::optional<uint32_t> generation;
  };

  // A cast that has been sent to all its targets.
  struct Sent {
    wire::Priority priority;
    uint64_t queued_at_ns;
  };

  // To every slot of `targets`.
  void push_cast(cluster::SharedEnvelope envelope, sets::OrdinalSet targets, uint64_t now_ns);
  // To one connection.
  void push_direct(uint32_t slot, uint32_t generation, cluster::SharedEnvelope envelope);

  // Take the next run, of at most `room` (<= fan_out_chunk) slots. False when nothing is left.
  bool take(size_t room, Run& run);

  // The casts that take() has finished since the last call.
  std::vector<Sent> take_sent() { return std::exchange(sent_, {}); }

  // The connection in `slot` is gone: running casts do not concern the next connection there.
  void forget(uint32_t slot);
  // The same for casts that do not ride at once: storage sends them to the connection.
  void forget_waiting(uint32_t slot);

  // Send this message to no one else.
  void withdraw(MessageId message);

  bool empty() const;
  bool has_alerts() const { return !lanes_[0].empty(); }

 private:
  struct Item {
    cluster::SharedEnvelope envelope;
    sets::OrdinalSet targets;            // of a cast
    uint64_t queued_at_ns = 0;           // of a cast
    uint32_t cursor = 0;                 // next slot of a cast; the slot of a direct item
    std::optional<uint32_t> generation;  // of a direct item
  };
  std::deque<Item>& lane_of(const cluster::Envelope& envelope);

  std::array<std::deque<Item>, wire::priorities> lanes_;  // alert first
  std::vector<Sent> sent_;
  size_t casts_ = 0;  // items that are casts: the ones that forgetting concerns
};

}  // namespace tocsin::gateway
