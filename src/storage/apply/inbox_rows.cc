#include "storage/apply/inbox_rows.h"

#include <algorithm>

#include "base/limits.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"

namespace tocsin::storage {
absl::StatusOr<std::optional<MessageOrder>> insert_into_inbox(
    const Inbox& inbox, DeviceRef device, MessageOrder order, const InboxRow& row,
    uint64_t log_time_ms, std::span<const MessageOrder> leaving, Batch& batch) {
  batch.put(Family::inbox, inbox_key(device, order), row.serialize());
  if (row.expires_at_ms <= log_time_ms) return std::nullopt;  // "now or never" takes no room
  // The first of the last lane is the one to drop, the new one included.
  size_t unexpired = 1;
  MessageOrder victim = order;
  uint64_t victim_expires_at_ms = row.expires_at_ms;
  Inbox::Cursor rows = inbox.of(device);
  for (;;) {
    const auto item = rows.next();
    if (!item.ok()) return item.status();
    if (!item->has_value()) break;
    if ((*item)->row.expires_at_ms <= log_time_ms) continue;
    if (std::find(leaving.begin(), leaving.end(), (*item)->order) != leaving.end()) continue;
    ++unexpired;
    const MessageOrder& have = (*item)->order;
    if (have.lane < victim.lane || (have.lane == victim.lane && victim < have)) continue;
    victim = have;
    victim_expires_at_ms = (*item)->row.expires_at_ms;
  }
  if (unexpired <= limits::inbox_messages_max) return std::nullopt;
  remove_from_inbox(device, victim, batch);
  add_to_set(batch, book_set_prefix({victim.message, victim_expires_at_ms}, BookSet::inbox_full),
             device);
  return victim;
}

void remove_from_inbox(DeviceRef device, MessageOrder order, Batch& batch) {
  batch.remove(Family::inbox, inbox_key(device, order));
}

}  // namespace tocsin::storage
