// InboxFloors: below which order a device is known to have no rows in its inbox.
//
// What was removed stays in RocksDB as a marker until it is compacted, and whoever looks for the
// first row steps over all of them: thousands, where an inbox is full or a device acknowledges as
// fast as it gets. A look that begins at the floor steps over those before it: all, when the rows
// are of one lane. Forgetting a floor costs time only.
//
// Thread: the storage thread.
// Bound: inbox_floors_max devices; then all are forgotten.
#pragma once

#include <cstdint>

#include <absl/container/flat_hash_map.h>

#include "base/ids.h"
#include "storage/store/message_order.h"

namespace tocsin::storage {

class InboxFloors {
 public:
  // The least order of all when nothing is known.
  MessageOrder of(DeviceRef device) const;
  // Requires that `device` has no rows before `floor`. Whoever puts one there sets it anew.
  void set(DeviceRef device, MessageOrder floor);

 private:
  absl::flat_hash_map<uint64_t, MessageOrder> floors_;  // by partition and ordinal
};

}  // namespace tocsin::storage
