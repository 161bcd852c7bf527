#include "storage/check/inbox_check.h"

#include <fmt/format.h>

#include "base/fixed_int.h"
#include "storage/store/expiry.h"
#include "storage/store/inbox_row.h"
#include "storage/store/sets.h"
#include "storage/tables/book_kinds.h"
#include "storage/tables/messages.h"

namespace tocsin::storage {
namespace {

constexpr size_t inbox_key_bytes = inbox_prefix_bytes + 1 + 8;

class InboxCheck {
 public:
  explicit InboxCheck(StoreUnderCheck& checked) : checked_(checked), messages_(checked.store()) {}

  void check_row(std::string_view key, std::string_view value);

 private:
  void check_device(std::string_view key, DeviceRef device, AppId app);
  void check_message(std::string_view key, DeviceRef device, const InboxRow& row);
  void check_outcome(std::string_view key, DeviceRef device, const MessageHead& head);
  void wrong(std::string_view key, std::string_view what) {
    checked_.finding(Family::inbox, key, what);
  }

  StoreUnderCheck& checked_;
  Messages messages_;
  // The devices of each app in partition `shard_`, as needed: rows come in order of partitions.
  uint32_t shard_ = limits::partitions;
  std::map<uint32_t, sets::OrdinalSet> devices_;
};

void InboxCheck::check_row(std::string_view key, std::string_view value) {
  const auto row = InboxRow::parse(value);
  if (key.size() != inbox_key_bytes || !row) return wrong(key, "is not an entry of an inbox");
  const DeviceRef device{get_be<uint16_t>(key), get_be<uint32_t>(key.substr(2))};
  check_device(key, device, row->app);
  // Compaction may already have removed the message's row.
  if (!inbox_row_may_go(row->expires_at_ms, checked_.store().log_time())) {
    check_message(key, device, *row);
  }
}

void InboxCheck::check_device(std::string_view key, DeviceRef device, AppId app) {
  if (device.partition != shard_) devices_.clear();
  shard_ = device.partition;
  auto [found, is_new] = devices_.try_emplace(app.value);
  if (is_new) {
    const auto bytes =
        checked_.store().get(Family::sets, set_key(app_set_prefix(app), device.partition));
    const auto set =
        bytes.ok() && bytes->has_value() ? sets::OrdinalSet::parse(**bytes) : std::nullopt;
    if (set) found->second = *set;
  }
  if (!found->second.contains(device.ordinal)) {
    wrong(key, fmt::format("app number {} has no device with ordinal {} in partition {}", app.value,
                           device.ordinal, device.partition));
  }
}

void InboxCheck::check_message(std::string_view key, DeviceRef device, const InboxRow& row) {
  const MessageOrder order = order_of_inbox_key(key);
  const auto head = messages_.head(row.app, order.message);
  if (!head.ok()) return;  // the pass over `casts` reports it
  if (!head->has_value() || (*head)->is_cast) {
    return wrong(key, fmt::format("waits for message {} of app number {}, which is not stored",
                                  order.message.text(), row.app.value));
  }
  if ((*head)->expires_at_ms != row.expires_at_ms || (*head)->order() != order) {
    wrong(key, "has another priority or expiry than its message");
  }
  check_outcome(key, device, **head);
}

void InboxCheck::check_outcome(std::string_view key, DeviceRef device, const MessageHead& head) {
  for (const BookKind& kind : book_kinds) {
    if (kind.role != BookRole::end) continue;
    const auto ended =
        set_contains(checked_.store(), book_set_prefix(head.book(), kind.set), device);
    if (ended.ok() && *ended) {
      wrong(key, fmt::format("still waits, though its message's books have the device as {}",
                             kind.name));
    }
  }
}

}  // namespace

void check_inbox(StoreUnderCheck& checked) {
  InboxCheck check(checked);
  checked.each_row(Family::inbox, [&](auto key, auto value) { check.check_row(key, value); });
}

}  // namespace tocsin::storage
