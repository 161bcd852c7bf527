// Puts messages into inboxes, and takes them out.
//
// Thread: the storage thread.
// Bound: inbox_messages_max unexpired rows per device.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <absl/status/statusor.h>

#include "storage/apply/apply_step.h"
#include "storage/tables/inbox.h"

namespace tocsin::storage {

// Put a message into the inbox of a device. If that makes more than inbox_messages_max unexpired
// ones at the step's log time, the oldest of the lowest lane, which may be this one, is dropped and
// entered as dropped in its books. Those that `leave` are removed by the same step and do not
// count. Returns the dropped one. Requires that the step puts nothing else into this inbox.
absl::StatusOr<std::optional<MessageOrder>> insert_into_inbox(DeviceRef device,
                                                              const InboxItem& item,
                                                              std::span<const MessageOrder> leave,
                                                              const ApplyParts& parts,
                                                              ApplyStep& step);

// Requires that it is there, and that the step has not removed it.
void remove_from_inbox(DeviceRef device, MessageOrder order, uint64_t expires_at_ms,
                       const ApplyParts& parts, ApplyStep& step);

}  // namespace tocsin::storage
