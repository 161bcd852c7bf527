// Inbox: what was sent to single devices and not yet acknowledged: one row per (device, message).
//
// Thread: the storage thread.
// Bound: inbox_messages_max unexpired rows per device.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "storage/store/inbox_row.h"
#include "storage/store/message_order.h"
#include "storage/store/store.h"

namespace tocsin::storage {

struct InboxItem {
  MessageOrder order;
  InboxRow row;
};

class Inbox {
 public:
  explicit Inbox(const Store& store) : store_(store) {}

  absl::StatusOr<std::optional<InboxRow>> find(DeviceRef device, MessageOrder order) const;

  // The rows of one device in MessageOrder; sees the inbox as it was when the cursor was made.
  class Cursor {
   public:
    // The next row, or nullopt at the end.
    absl::StatusOr<std::optional<InboxItem>> next();

   private:
    friend class Inbox;
    explicit Cursor(std::unique_ptr<Store::Rows> rows) : rows_(std::move(rows)) {}
    std::unique_ptr<Store::Rows> rows_;
  };
  // With `from`, those at or after it.
  Cursor of(DeviceRef device, MessageOrder from = {}) const;

 private:
  const Store& store_;
};

}  // namespace tocsin::storage
