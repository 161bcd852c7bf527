#include "storage/apply/inbox_rows.h"

#include <algorithm>

#include "base/limits.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"

namespace tocsin::storage {
namespace {

// The next order after `order`.
MessageOrder after(MessageOrder order) { return {order.lane, MessageId{order.message.value + 1}}; }

}  // namespace

absl::StatusOr<std::optional<MessageOrder>> insert_into_inbox(
    const Inbox& inbox, InboxFloors& floors, DeviceRef device, MessageOrder order,
    const InboxRow& row, uint64_t log_time_ms, std::span<const MessageOrder> leaving,
    Batch& batch) {
  batch.put(Family::inbox, inbox_key(device, order), row.serialize());
  if (row.expires_at_ms <= log_time_ms) {  // "now or never" takes no room
    if (order < floors.of(device))
      batch.then([&floors, device, order] { floors.set(device, order); });
    return std::nullopt;
  }
  // The oldest of the lowest lane is the one to drop, which may be the new one.
  size_t unexpired = 1;
  MessageOrder victim = order;
  uint64_t victim_expires_at_ms = row.expires_at_ms;
  std::optional<MessageOrder> first;
  Inbox::Cursor rows = inbox.of(device, floors.of(device));
  for (;;) {
    const auto item = rows.next();
    if (!item.ok()) return item.status();
    if (!item->has_value()) break;
    if (!first) first = (*item)->order;
    if ((*item)->row.expires_at_ms <= log_time_ms) continue;
    if (std::find(leaving.begin(), leaving.end(), (*item)->order) != leaving.end()) continue;
    ++unexpired;
    const MessageOrder& have = (*item)->order;
    if (have.lane < victim.lane || (have.lane == victim.lane && victim < have)) continue;
    victim = have;
    victim_expires_at_ms = (*item)->row.expires_at_ms;
  }
  const MessageOrder least = first ? std::min(*first, order) : order;
  const bool is_full = unexpired > limits::inbox_messages_max;
  batch.then([&floors, device, floor = is_full && victim == least ? after(least) : least] {
    floors.set(device, floor);
  });
  if (!is_full) return std::nullopt;
  remove_from_inbox(device, victim, batch);
  add_to_set(batch, book_set_prefix({victim.message, victim_expires_at_ms}, BookSet::inbox_full),
             device);
  return victim;
}

void remove_from_inbox(DeviceRef device, MessageOrder order, Batch& batch) {
  batch.remove(Family::inbox, inbox_key(device, order));
}

}  // namespace tocsin::storage
