#include "storage/tables/inbox.h"

#include "storage/store/keys.h"

namespace tocsin::storage {

absl::StatusOr<std::optional<InboxItem>> Inbox::Cursor::next() {
  if (!rows_->valid()) {
    if (auto status = rows_->status(); !status.ok()) return status;
    return std::optional<InboxItem>();
  }
  const auto row = InboxRow::parse(rows_->value());
  const MessageOrder order = order_of_inbox_key(rows_->key());
  if (!row || order.lane >= lanes) return absl::DataLossError("a row of `inbox` cannot be read");
  rows_->next();
  return std::optional<InboxItem>({order, *row});
}

Inbox::Cursor Inbox::of(DeviceRef device, MessageOrder from) const {
  return Cursor(store_.rows(Family::inbox, inbox_prefix(device), inbox_key(device, from)));
}

absl::StatusOr<std::optional<InboxRow>> Inbox::find(DeviceRef device, MessageOrder order) const {
  const auto bytes = store_.get(Family::inbox, inbox_key(device, order));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<InboxRow>();
  auto row = InboxRow::parse(**bytes);
  if (!row) return absl::DataLossError("a row of `inbox` cannot be read");
  return row;
}

}  // namespace tocsin::storage
