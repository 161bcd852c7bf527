#include "storage/apply/message_delivery.h"

#include <utility>

#include "storage/apply/book_entries.h"
#include "storage/apply/inbox_rows.h"
#include "storage/apply/webhook_records.h"
#include "storage/apply/withdrawal.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/store/sets.h"
#include "storage/tables/book_sets.h"

namespace tocsin::storage {
namespace {

using Delivery = internal::MessagesDelivered::Delivery;

template <typename Shards>
sets::DeviceSet devices_of(const Shards& shards, const Registry& registry) {
  sets::DeviceSet devices;
  for (const auto& partition : shards) {
    for (const uint32_t ordinal : partition.ordinals()) {
      const DeviceRef device{partition.partition(), ordinal};
      if (registry.is_assigned(device)) devices.add(device);
    }
  }
  return devices;
}

// The webhook is told once that a device has a message, however often the device says so.
absl::Status tell_acknowledged(const MessageHead& head, const sets::DeviceSet& delivered,
                               const sets::DeviceSet& opened, const ApplyParts& parts,
                               ApplyStep& step) {
  if (!parts.apps.has_webhook(head.app)) return absl::OkStatus();
  const auto got =
      not_in_set(parts.store, book_set_prefix(head.book(), BookSet::delivered), delivered);
  if (!got.ok()) return got.status();
  tell_webhook(head.app, internal::DELIVERED, head.message, *got, parts, step);
  const auto read = not_in_set(parts.store, book_set_prefix(head.book(), BookSet::opened), opened);
  if (!read.ok()) return read.status();
  tell_webhook_opened(head.app, head.message, *read, parts, step);
  return absl::OkStatus();
}

absl::Status deliver_cast(const Delivery& delivery, const MessageHead& head,
                          const ApplyParts& parts, ApplyStep& step) {
  sets::DeviceSet delivered = devices_of(delivery.delivered(), parts.registry);
  const sets::DeviceSet opened = devices_of(delivery.opened(), parts.registry);
  Activity& activity = step.activity.of(head.app);
  activity.delivered += delivered.size();
  activity.opened += opened.size();
  delivered.unite(opened);
  if (auto status = tell_acknowledged(head, delivered, opened, parts, step); !status.ok()) {
    return status;
  }
  enter_in_book(head.book(), BookSet::delivered, delivered, step.batch);
  enter_in_book(head.book(), BookSet::opened, opened, step.batch);
  // Whether an acknowledgement is a repeat cannot be told without reading the sets, so a repeat
  // counts again.
  auto counted = add_latencies(delivery, head, parts.store, step.batch);
  if (!counted.ok()) return counted;
  if (auto status = notify_late(head, delivered, parts, step); !status.ok()) return status;
  step.batch.then([&live = parts.live_casts, app = head.app, message = head.message,
                   delivered = std::move(delivered)] {
    if (LiveCast* cast = live.find(app, message)) live.mark_delivered(*cast, delivered);
  });
  return absl::OkStatus();
}

// What makes a delivery to a device count.
enum class Claim : uint8_t { none, inbox_row, withdrawn };

// The inbox row exists until the first acknowledgement, and only for devices that were targeted. A
// message withdrawn while on its way to the device counts too.
absl::StatusOr<Claim> claim_of(DeviceRef device, const MessageHead& head, const ApplyParts& parts,
                               const ApplyStep& step) {
  if (!inbox_ack_counts(head.expires_at_ms, step.next.log_time_ms)) return Claim::none;
  const auto row = parts.inbox.find(device, head.order());
  if (!row.ok()) return row.status();
  if (row->has_value()) return Claim::inbox_row;
  for (const BookSet kind : {BookSet::replaced, BookSet::recalled}) {
    const auto withdrawn = set_contains(parts.store, book_set_prefix(head.book(), kind), device);
    if (!withdrawn.ok()) return withdrawn.status();
    if (*withdrawn) return Claim::withdrawn;
  }
  return Claim::none;
}

// What is new in a delivery to devices.
struct News {
  sets::DeviceSet delivered;
  sets::DeviceSet opened;
};

absl::Status deliver_for_the_first_time(DeviceRef device, Claim claim, const MessageHead& head,
                                        const ApplyParts& parts, ApplyStep& step, News& news) {
  ++step.activity.of(head.app).delivered;
  if (claim == Claim::inbox_row) {
    remove_from_inbox(device, head.order(), head.expires_at_ms, parts, step);
  }
  add_to_set(step.batch, book_set_prefix(head.book(), BookSet::delivered), device);
  news.delivered.add(device);
  sets::DeviceSet one;
  one.add(device);
  return notify_late(head, one, parts, step);
}

// Whether it is new that the device has it. A record may say of a device that it has the message
// and that it opened it.
absl::StatusOr<bool> deliver_to_device(DeviceRef device, bool opened, const MessageHead& head,
                                       const ApplyParts& parts, ApplyStep& step, News& news) {
  bool has_it = news.delivered.contains(device);
  bool is_new = false;
  if (!has_it) {
    const auto claim = claim_of(device, head, parts, step);
    if (!claim.ok()) return claim.status();
    is_new = *claim != Claim::none;
    if (is_new) {
      auto status = deliver_for_the_first_time(device, *claim, head, parts, step, news);
      if (!status.ok()) return status;
    }
  }
  if (!opened) return is_new;
  has_it |= is_new;
  if (!has_it) {
    const auto before =
        set_contains(parts.store, book_set_prefix(head.book(), BookSet::delivered), device);
    if (!before.ok()) return before.status();
    has_it = *before;
  }
  if (has_it) {
    ++step.activity.of(head.app).opened;
    add_to_set(step.batch, book_set_prefix(head.book(), BookSet::opened), device);
    news.opened.add(device);
  }
  return is_new;
}

absl::Status deliver_to_devices(const Delivery& delivery, const MessageHead& head,
                                const ApplyParts& parts, ApplyStep& step) {
  bool any_news = false;
  News told;
  for (const bool opened : {false, true}) {
    const auto& shards = opened ? delivery.opened() : delivery.delivered();
    for (const DeviceRef device : devices_of(shards, parts.registry).devices()) {
      const auto news = deliver_to_device(device, opened, head, parts, step, told);
      if (!news.ok()) return news.status();
      any_news |= *news && !opened;
    }
  }
  auto status = tell_acknowledged(head, told.delivered, told.opened, parts, step);
  if (!status.ok()) return status;
  if (!any_news) return absl::OkStatus();
  return add_latencies(delivery, head, parts.store, step.batch);
}

}  // namespace

absl::Status deliver_messages(const internal::MessagesDelivered& record, const ApplyParts& parts,
                              ApplyStep& step) {
  if (record.gathered_at_ms() > 0) step.activity.set_time(record.gathered_at_ms());
  for (const Delivery& delivery : record.deliveries()) {
    const auto head =
        parts.messages.head(AppId{delivery.app_id()}, MessageId{delivery.message_id()});
    if (!head.ok()) return head.status();
    if (!head->has_value()) continue;
    const MessageHead message = **head;
    const LogTime& time = parts.store.log_time();
    if (!report_exists(message.expires_at_ms, step.next.log_time_ms, time)) continue;
    auto status = message.is_cast ? deliver_cast(delivery, message, parts, step)
                                  : deliver_to_devices(delivery, message, parts, step);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace tocsin::storage
