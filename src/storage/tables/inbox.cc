#include "storage/tables/inbox.h"

#include <algorithm>

#include "base/limits.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"

namespace tocsin::storage {

absl::StatusOr<std::optional<Inbox::Cursor::Item>> Inbox::Cursor::next() {
  if (!rows_->valid()) {
    if (auto status = rows_->status(); !status.ok()) return status;
    return std::optional<Item>();
  }
  const auto row = InboxRow::parse(rows_->value());
  if (!row) return absl::DataLossError("a row of `inbox` cannot be read");
  const Item item{order_of_inbox_key(rows_->key()), *row};
  rows_->next();
  return std::optional<Item>(item);
}

Inbox::Cursor Inbox::of(DeviceRef device) const {
  return Cursor(store_.rows(Family::inbox, inbox_prefix(device)));
}

absl::StatusOr<std::optional<MessageOrder>> Inbox::insert(DeviceRef device, MessageOrder order,
                                                          const InboxRow& row, uint64_t log_time_ms,
                                                          std::span<const MessageOrder> leaving,
                                                          Store::Batch& batch) const {
  batch.put(Family::inbox, inbox_key(device, order), row.serialize());
  if (row.expires_at_ms <= log_time_ms) return std::nullopt;  // "now or never" takes no room
  // The first of the last lane is the one to drop, the new one included.
  size_t unexpired = 1;
  MessageOrder victim = order;
  uint64_t victim_expires_at_ms = row.expires_at_ms;
  Cursor rows = of(device);
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
  remove(device, victim, batch);
  add_to_set(batch, book_set_prefix({victim.message, victim_expires_at_ms}, BookSet::dropped),
             device);
  return victim;
}

absl::StatusOr<bool> Inbox::contains(DeviceRef device, MessageOrder order) const {
  const auto row = store_.get(Family::inbox, inbox_key(device, order));
  if (!row.ok()) return row.status();
  return row->has_value();
}

void Inbox::remove(DeviceRef device, MessageOrder order, Store::Batch& batch) {
  batch.remove(Family::inbox, inbox_key(device, order));
}

}  // namespace tocsin::storage
