#include "storage/tables/inbox.h"

#include "storage/store/keys.h"

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

Inbox::Cursor Inbox::of(DeviceRef device, MessageOrder from) const {
  return Cursor(store_.rows(Family::inbox, inbox_prefix(device), inbox_key(device, from)));
}

absl::StatusOr<bool> Inbox::contains(DeviceRef device, MessageOrder order) const {
  const auto row = store_.get(Family::inbox, inbox_key(device, order));
  if (!row.ok()) return row.status();
  return row->has_value();
}

}  // namespace tocsin::storage
