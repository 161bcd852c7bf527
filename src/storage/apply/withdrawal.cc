#include "storage/apply/withdrawal.h"

#include <utility>

#include "base/clock.h"
#include "runtime/log.h"
#include "storage/apply/book_entries.h"
#include "storage/apply/inbox_rows.h"
#include "storage/apply/message_rows.h"
#include "storage/apply/rollouts.h"
#include "storage/apply/webhook_records.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/tables/book_kinds.h"
#include "storage/tables/book_sets.h"

namespace tocsin::storage {
namespace {

void withdraw(const MessageHead& message, internal::DeliveryState why,
              const sets::DeviceSet& devices, const ApplyParts& parts, ApplyStep& step) {
  enter_in_book(message.book(), set_of(why), devices, step.batch);
  tell_webhook(message.app, why, message.message, devices, parts, step);
  if (!message.is_cast) {
    for (const DeviceRef device : devices.devices()) {
      remove_from_inbox(device, message.order(), message.expires_at_ms, parts, step);
    }
    return;
  }
  step.batch.then([&live = parts.live_casts, app = message.app, id = message.message, devices] {
    if (LiveCast* cast = live.find(app, id)) cast->targeted.subtract(devices);
  });
}

absl::StatusOr<internal::CollapseRow> collapse_row(const Store& store, std::string_view key) {
  internal::CollapseRow row;
  const auto bytes = store.get(Family::collapse, key);
  if (!bytes.ok()) return bytes.status();
  if (bytes->has_value() && !row.ParseFromString(**bytes)) {
    return absl::DataLossError("a row of `collapse` cannot be read");
  }
  return row;
}

// The devices in `within` for which `message` is pending; none when it can no longer be pending.
absl::StatusOr<sets::DeviceSet> pending_in(const MessageHead& message,
                                           const sets::DeviceSet& within, const ApplyParts& parts,
                                           uint64_t log_time_ms) {
  if (message.recalled_at_ms > 0 || message.expires_at_ms <= log_time_ms) return sets::DeviceSet();
  const auto sets = read_book_sets(parts.store, message.book());
  if (!sets.ok()) return sets.status();
  sets::DeviceSet pending = sets->pending();
  pending.intersect(within);
  return pending;
}

}  // namespace

absl::Status replace_collapsed(const cluster::Envelope& newer, const std::string& collapse_key,
                               const sets::DeviceSet& targeted, const ApplyParts& parts,
                               ApplyStep& step, std::vector<MessageOrder>& replaced) {
  const std::string key = collapse_row_key(newer.app, collapse_key);
  const auto row = collapse_row(parts.store, key);
  if (!row.ok()) return row.status();
  internal::CollapseRow next;
  for (const uint64_t id : row->message_ids()) {
    const auto head = parts.messages.head(newer.app, MessageId{id});
    if (!head.ok()) return head.status();
    if (!head->has_value() || (*head)->recalled_at_ms > 0) continue;
    if ((*head)->expires_at_ms <= step.next.log_time_ms) continue;
    next.add_message_ids(id);
    const auto pending = pending_in(**head, targeted, parts, step.next.log_time_ms);
    if (!pending.ok()) return pending.status();
    if (pending->empty()) continue;
    withdraw(**head, internal::REPLACED, *pending, parts, step);
    if (!(*head)->is_cast) replaced.push_back((*head)->order());
  }
  next.add_message_ids(newer.message.value);
  const int too_many = next.message_ids_size() - static_cast<int>(limits::collapse_messages_max);
  if (too_many > 0) next.mutable_message_ids()->ExtractSubrange(0, too_many, nullptr);
  next.set_expires_at_ms(std::max(row->expires_at_ms(), newer.expires_at_ms));
  step.batch.put(Family::collapse, key, next.SerializeAsString());
  return absl::OkStatus();
}

absl::Status replace_older(const MessageHead& newer, const std::string& collapse_key,
                           const sets::DeviceSet& devices, const ApplyParts& parts,
                           ApplyStep& step) {
  if (collapse_key.empty()) return absl::OkStatus();
  const auto row = collapse_row(parts.store, collapse_row_key(newer.app, collapse_key));
  if (!row.ok()) return row.status();
  for (const uint64_t id : row->message_ids()) {
    // They are in order of acceptance.
    if (id == newer.message.value) break;
    const auto head = parts.messages.head(newer.app, MessageId{id});
    if (!head.ok()) return head.status();
    if (!head->has_value()) continue;
    const auto pending = pending_in(**head, devices, parts, step.next.log_time_ms);
    if (!pending.ok()) return pending.status();
    if (!pending->empty()) withdraw(**head, internal::REPLACED, *pending, parts, step);
  }
  return absl::OkStatus();
}

void start_cast(const NewCast& begun, const ApplyParts& parts, ApplyStep& step) {
  const cluster::Envelope& envelope = *begun.envelope;
  const BookId book{envelope.message, envelope.expires_at_ms};
  put_set(step.batch, book_set_prefix(book, BookSet::targeted), begun.targeted);
  if (!is_worth_sending(envelope.accepted_at_ms, envelope.expires_at_ms, wall_ms())) return;
  LiveCast cast{begun.envelope, step.next.position, begun.offered, {}, true, begun.conditions};
  step.batch.then(
      [&live = parts.live_casts, cast = std::move(cast)]() mutable { live.add(std::move(cast)); });
}

absl::Status recall_message(const internal::MessageRecalled& record, const ApplyParts& parts,
                            ApplyStep& step) {
  const AppId app{record.app_id()};
  const MessageId message{record.message_id()};
  step.next.log_time_ms = record.recalled_at_ms();
  auto row = parts.messages.row(app, message);
  if (!row.ok()) return row.status();
  if (!row->has_value() || (*row)->recalled_at_ms() > 0) return absl::OkStatus();
  const MessageHead head = head_of(**row);
  const auto sets = read_book_sets(parts.store, head.book());
  if (!sets.ok()) return sets.status();
  if (head.expires_at_ms > record.recalled_at_ms()) {
    withdraw(head, internal::RECALLED, sets->pending(), parts, step);
  }
  (*row)->set_recalled_at_ms(record.recalled_at_ms());
  end_rollout(**row, step.batch);
  step.told.withdrawn.push_back(message);
  if (record.has_notice()) {
    const cluster::SharedEnvelope notice = envelope_of(record.notice());
    if (!notice || notice->app != app) {
      return absl::InvalidArgumentError("the notice of a recall cannot be sent");
    }
    step.next.largest_message = std::max(step.next.largest_message, notice->message);
    (*row)->set_notice_id(notice->message.value);
    internal::MessageRow notice_row;
    *notice_row.mutable_envelope() = record.notice();
    notice_row.set_is_cast(true);
    put_message(notice_row, parts.messages, step.batch);
    start_cast({notice, nullptr, sets->delivered(), sets->delivered()}, parts, step);
    step.told.resolved.push_back({notice, nullptr, sets->delivered()});
    Activity& activity = step.activity.of(app);
    ++activity.messages;
    activity.targeted += sets->delivered().size();
  }
  put_message(**row, parts.messages, step.batch);
  step.batch.then([&live = parts.live_casts, app, message] { live.remove(app, message); });
  return absl::OkStatus();
}

absl::Status notify_late(const MessageHead& recalled, const sets::DeviceSet& late,
                         const ApplyParts& parts, ApplyStep& step) {
  if (recalled.notice.value == 0) return absl::OkStatus();
  const auto head = parts.messages.head(recalled.app, recalled.notice);
  if (!head.ok()) return head.status();
  if (!head->has_value() || (*head)->expires_at_ms <= step.next.log_time_ms) {
    return absl::OkStatus();
  }
  // Those that had it before the recall are already targeted.
  const auto sets = read_book_sets(parts.store, (*head)->book());
  if (!sets.ok()) return sets.status();
  sets::DeviceSet more = late;
  more.subtract(sets->targeted);
  if (more.empty()) return absl::OkStatus();
  const auto envelope = parts.messages.envelope(recalled.app, recalled.notice);
  if (!envelope.ok()) return envelope.status();
  enter_in_book((*head)->book(), BookSet::targeted, more, step.batch);
  for (const DeviceRef device : more.devices()) step.told.to_devices.push_back({device, *envelope});
  step.batch.then([&live = parts.live_casts, app = recalled.app, id = recalled.notice, more] {
    if (LiveCast* cast = live.find(app, id)) cast->targeted.unite(more);
  });
  return absl::OkStatus();
}

absl::Status drop_all_pending(AppId app, const std::vector<DeviceRef>& deleted,
                              const ApplyParts& parts, ApplyStep& step) {
  for (const DeviceRef device : deleted) {
    Inbox::Cursor rows = parts.inbox.of(device);
    for (;;) {
      const auto item = rows.next();
      if (!item.ok()) return item.status();
      if (!item->has_value()) break;
      const auto& [order, row] = **item;
      remove_from_inbox(device, order, row.expires_at_ms, parts, step);
      ++step.activity.of(app).dropped;
      add_to_set(step.batch,
                 book_set_prefix({order.message, row.expires_at_ms}, BookSet::device_deleted),
                 device);
    }
  }
  // From the stored casts, not from those in memory, which depend on the clock.
  sets::DeviceSet gone;
  for (const DeviceRef device : deleted) gone.add(device);
  const auto heads = parts.messages.casts_of(app, step.next.log_time_ms);
  if (!heads.ok()) return heads.status();
  for (const MessageHead& head : *heads) {
    const auto pending = pending_in(head, gone, parts, step.next.log_time_ms);
    if (!pending.ok()) return pending.status();
    if (pending->empty()) continue;
    step.activity.of(app).dropped += pending->size();
    withdraw(head, internal::DEVICE_DELETED, *pending, parts, step);
  }
  return absl::OkStatus();
}

}  // namespace tocsin::storage
