// Puts messages into inboxes, and takes them out.
//
// Thread: the storage thread.
// Bound: inbox_messages_max unexpired rows per device.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <absl/status/statusor.h>

#include "storage/store/batch.h"
#include "storage/tables/inbox.h"
#include "storage/tables/inbox_floors.h"

namespace tocsin::storage {

// Put a message into the inbox of a device. If that makes more than inbox_messages_max unexpired
// ones at `log_time_ms`, the oldest of the lowest lane, which may be this one, is dropped and
// entered as dropped in its books. `leaving` are removed by the same batch and do not count.
// Returns the dropped one. Requires that `batch` puts nothing else into this inbox.
absl::StatusOr<std::optional<MessageOrder>> insert_into_inbox(
    const Inbox& inbox, InboxFloors& floors, DeviceRef device, MessageOrder order,
    const InboxRow& row, uint64_t log_time_ms, std::span<const MessageOrder> leaving, Batch& batch);

void remove_from_inbox(DeviceRef device, MessageOrder order, Batch& batch);

}  // namespace tocsin::storage
