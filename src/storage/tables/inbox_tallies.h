// InboxTally: how many messages wait in a device's inbox, by lane, and where each lane begins, so
// that putting one in does not read those that are there.
//
// What was removed stays in RocksDB as a marker until it is compacted, and whoever looks for the
// first row steps over all of them: thousands, where an inbox is full or a device acknowledges as
// fast as it gets. A look that begins at a lane's floor steps over those before it.
//
// A tally counts the rows that expire after `expired_ms`; those it counts all live until
// `next_expiry_ms`. Outside that time it does not hold, and the rows must be counted again.
//
// Thread: the storage thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <absl/container/flat_hash_map.h>

#include "base/ids.h"
#include "storage/store/message_order.h"

namespace tocsin::storage {

class InboxTally {
 public:
  // Of an inbox without rows, at `log_time_ms`.
  explicit InboxTally(uint64_t log_time_ms) : expired_ms_(log_time_ms) { floors_.fill(no_rows); }

  bool holds_at(uint64_t log_time_ms) const {
    return expired_ms_ <= log_time_ms && log_time_ms < next_expiry_ms_;
  }
  // Messages that have not expired.
  size_t waiting() const;
  // The last of the lanes in which something waits. Requires waiting() > 0.
  uint8_t lowest_lane() const;
  // No message that it counts comes before it in the lane.
  MessageOrder floor(uint8_t lane) const { return {lane, floors_[lane]}; }

  // A row that is put in at `log_time_ms`.
  void add(MessageOrder order, uint64_t expires_at_ms, uint64_t log_time_ms);
  // Requires that it is there.
  void remove(MessageOrder order, uint64_t expires_at_ms);
  // Requires that no message that it counts comes before `order` in its lane.
  void raise_floor(MessageOrder order) { floors_[order.lane] = order.message; }

 private:
  static constexpr MessageId no_rows{std::numeric_limits<uint64_t>::max()};

  uint64_t expired_ms_;
  uint64_t next_expiry_ms_ = std::numeric_limits<uint64_t>::max();
  std::array<MessageId, lanes> floors_;
  std::array<uint16_t, lanes> waiting_{};
};

// The tallies of the devices that got messages last. Forgetting one costs time only.
//
// Bound: inbox_tallies_max devices; then all are forgotten.
class InboxTallies {
 public:
  // nullptr: not known. Valid until the next keep().
  InboxTally* find(DeviceRef device);
  void keep(DeviceRef device, const InboxTally& tally);

 private:
  absl::flat_hash_map<uint64_t, InboxTally> tallies_;  // by partition and ordinal
};

}  // namespace tocsin::storage
