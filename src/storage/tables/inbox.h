// Inbox: what was sent to single devices and not acknowledged yet: one row per (device, message).
//
// Thread: the storage lane.  Bound: inbox_messages_max unexpired rows a device.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include <absl/status/statusor.h>

#include "storage/store/inbox_row.h"
#include "storage/store/message_order.h"
#include "storage/store/store.h"

namespace tocsin::storage {

class Inbox {
 public:
  explicit Inbox(const Store& store) : store_(store) {}

  // Put a message into the inbox. If that makes more than inbox_messages_max that are unexpired at
  // `log_time_ms`, the oldest of the lowest lane, which may be this one, is dropped and entered as
  // such in its books. `leaving` are removed by the same batch and do not count. Returns the one
  // that was dropped.
  absl::StatusOr<std::optional<MessageOrder>> insert(DeviceRef device, MessageOrder order,
                                                     const InboxRow& row, uint64_t log_time_ms,
                                                     std::span<const MessageOrder> leaving,
                                                     Store::Batch& batch) const;

  absl::StatusOr<bool> contains(DeviceRef device, MessageOrder order) const;
  static void remove(DeviceRef device, MessageOrder order, Store::Batch& batch);

  // The rows of one device in MessageOrder; sees the inbox as of its making.
  class Cursor {
   public:
    // The next row, or nullopt at the end.
    struct Item {
      MessageOrder order;
      InboxRow row;
    };
    absl::StatusOr<std::optional<Item>> next();

   private:
    friend class Inbox;
    explicit Cursor(std::unique_ptr<Store::Rows> rows) : rows_(std::move(rows)) {}
    std::unique_ptr<Store::Rows> rows_;
  };
  Cursor of(DeviceRef device) const;

 private:
  const Store& store_;
};

}  // namespace tocsin::storage
