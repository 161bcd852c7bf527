#include "storage/record_apply.h"

#include <set>
#include <utility>

#include "base/check.h"
#include "runtime/log.h"
#include "storage/keys.h"
#include "storage/sets.h"

namespace tocsin::storage {

// One record on its way into the store.
struct RecordApply::Step {
  Store::Batch batch;
  StoreState next;
  Applied told;
};

absl::Status RecordApply::apply(const cluster::LogEntry& entry, Applied& applied) {
  TOCSIN_CHECK(entry.position == store_.state().position + 1);
  internal::Record record;
  if (!record.ParseFromString(entry.record)) {
    return absl::DataLossError(fmt::format("log record {} cannot be parsed", entry.position));
  }
  Step step{store_.batch(), store_.state(), {}};
  step.next.position = entry.position;
  if (auto status = dispatch(record, step); !status.ok()) {
    if (!absl::IsInvalidArgument(status)) return status;
    return absl::DataLossError(fmt::format("log record {} cannot be applied: {}", entry.position,
                                           std::string(status.message())));
  }
  if (auto status = store_.write(step.batch, step.next); !status.ok()) return status;
  applied.apps_changed |= step.told.apps_changed;
  for (auto& item : step.told.to_devices) applied.to_devices.push_back(std::move(item));
  for (auto& item : step.told.tags_changed) applied.tags_changed.push_back(std::move(item));
  return absl::OkStatus();
}

absl::Status RecordApply::dispatch(const internal::Record& record, Step& step) {
  switch (record.kind_case()) {
    case internal::Record::kAppCreated:
      step.next.log_time_ms = record.app_created().created_at_ms();
      step.told.apps_changed = true;
      return apps_.apply(record.app_created(), step.batch);
    case internal::Record::kDeviceRegistered:
      return apply_registered(record.device_registered(), step);
    case internal::Record::kDeviceTagged:
      return apply_tagged(record.device_tagged(), step);
    case internal::Record::kMessageAccepted:
      return accept(record.message_accepted(), step);
    case internal::Record::kMessagesDelivered:
      return deliver(record.messages_delivered(), step);
    case internal::Record::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "a kind this tocsind does not know; use the version that wrote it, or a newer one");
}

absl::Status RecordApply::apply_registered(const internal::DeviceRegistered& record, Step& step) {
  step.next.log_time_ms = record.registered_at_ms();
  auto changed = registry_.apply(record, step.batch);
  if (!changed.ok()) return changed.status();
  if (changed->has_value())
    step.told.tags_changed.push_back({**std::move(changed), step.next.position});
  return absl::OkStatus();
}

absl::Status RecordApply::apply_tagged(const internal::DeviceTagged& record, Step& step) {
  auto changed = registry_.apply(record, step.batch);
  if (!changed.ok()) return changed.status();
  if (changed->has_value())
    step.told.tags_changed.push_back({**std::move(changed), step.next.position});
  return absl::OkStatus();
}

absl::Status RecordApply::accept(const internal::MessageAccepted& record, Step& step) {
  const cluster::SharedEnvelope envelope = envelope_of(record.envelope());
  if (!envelope) {
    return absl::InvalidArgumentError("a message without an id or an app, or of unknown priority");
  }
  step.next.log_time_ms = envelope->accepted_at_ms;
  step.next.largest_message = std::max(step.next.largest_message, envelope->message);
  // A dispatcher that was not told "durable" may have appended it once more.
  const auto known = messages_.head(envelope->app, envelope->message);
  if (!known.ok()) return known.status();
  if (known->has_value()) return absl::OkStatus();
  switch (record.target_case()) {
    case internal::MessageAccepted::kDevices:
      return accept_for_devices(record, envelope, step);
    case internal::MessageAccepted::kTag:
    case internal::MessageAccepted::kEveryone:
      return accept_cast(record, envelope, step);
    case internal::MessageAccepted::TARGET_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a message without a target");
}

absl::Status RecordApply::accept_for_devices(const internal::MessageAccepted& record,
                                             const cluster::SharedEnvelope& envelope, Step& step) {
  const std::set<std::string> ids(record.devices().ids().begin(), record.devices().ids().end());
  const MessageOrder order = order_of(envelope->priority, envelope->message);
  internal::MessageRow row;
  *row.mutable_envelope() = record.envelope();
  row.set_targeted(ids.size());
  for (const std::string& bytes : ids) {
    const auto id = DeviceId::from_bytes(as_bytes(bytes));
    absl::StatusOr<std::optional<Device>> device = std::optional<Device>();
    if (id) device = registry_.find(envelope->app, *id);
    if (!device.ok()) return device.status();
    if (!device->has_value()) {
      row.set_dropped(row.dropped() + 1);
      continue;
    }
    const DeviceRef ref = (*device)->ref;
    const auto stays = inbox_.insert(ref, order, {envelope->expires_at_ms, envelope->app},
                                     step.next.log_time_ms, step.batch);
    if (!stays.ok()) return stays.status();
    if (*stays) step.told.to_devices.push_back({ref, envelope});
  }
  Messages::put(row, step.batch);
  return absl::OkStatus();
}

absl::Status RecordApply::accept_cast(const internal::MessageAccepted& record,
                                      const cluster::SharedEnvelope& envelope, Step& step) {
  const bool everyone = record.target_case() == internal::MessageAccepted::kEveryone;
  if (!everyone && record.tag().size() > limits::tag_bytes_max) {
    return absl::InvalidArgumentError("a tag that is too long");
  }
  auto targeted = read_set(store_, everyone ? app_set_prefix(envelope->app)
                                            : tag_set_prefix(envelope->app, record.tag()));
  if (!targeted.ok()) return targeted.status();
  internal::MessageRow row;
  *row.mutable_envelope() = record.envelope();
  row.set_is_cast(true);
  Messages::put(row, step.batch);
  const BookId book{envelope->message, envelope->expires_at_ms};
  put_set(step.batch, book_set_prefix(book, BookSet::targeted), *targeted);
  if (is_worth_sending(envelope->accepted_at_ms, envelope->expires_at_ms, wall_ms())) {
    LiveCast cast{envelope, step.next.position, *std::move(targeted), {}, true};
    step.batch.then([this, cast = std::move(cast)]() mutable { live_casts_.add(std::move(cast)); });
  }
  return absl::OkStatus();
}

absl::Status RecordApply::deliver(const internal::MessagesDelivered& record, Step& step) {
  for (const auto& delivery : record.deliveries()) {
    const auto head = messages_.head(AppId{delivery.app_id()}, MessageId{delivery.message_id()});
    if (!head.ok()) return head.status();
    if (!head->has_value()) continue;
    const MessageHead& message = **head;
    if (!report_exists(message.expires_at_ms, step.next.log_time_ms)) continue;
    auto status = message.is_cast ? deliver_cast(delivery, message, step)
                                  : deliver_to_devices(delivery, message, step);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RecordApply::deliver_cast(const internal::MessagesDelivered::Delivery& delivery,
                                       const MessageHead& head, Step& step) {
  ShardedSet delivered;
  ShardedSet opened;
  const auto gather = [this](const auto& shards, ShardedSet& into) {
    for (const auto& shard : shards) {
      for (const uint32_t ordinal : shard.ordinals()) {
        const DeviceRef device{shard.shard(), ordinal};
        if (registry_.is_assigned(device)) into.add(device);
      }
    }
  };
  gather(delivery.delivered(), delivered);
  gather(delivery.opened(), opened);
  delivered.unite(opened);
  for (const auto& [kind, set] :
       {std::pair{BookSet::delivered, &delivered}, {BookSet::opened, &opened}}) {
    for (const ShardedSet::Part& part : set->parts()) {
      change_set(step.batch, book_set_prefix(head.book(), kind), part.shard, {part.set, {}});
    }
  }
  step.batch.then([this, app = head.app, message = head.message, delivered = std::move(delivered)] {
    if (LiveCast* cast = live_casts_.find(app, message))
      live_casts_.mark_delivered(*cast, delivered);
  });
  return absl::OkStatus();
}

absl::Status RecordApply::deliver_to_devices(const internal::MessagesDelivered::Delivery& delivery,
                                             const MessageHead& head, Step& step) {
  for (const auto& [shards, opened] :
       {std::pair{&delivery.delivered(), false}, {&delivery.opened(), true}}) {
    for (const auto& shard : *shards) {
      for (const uint32_t ordinal : shard.ordinals()) {
        const DeviceRef device{shard.shard(), ordinal};
        if (!registry_.is_assigned(device)) continue;
        if (auto status = deliver_to_device(device, opened, head, step); !status.ok()) {
          return status;
        }
      }
    }
  }
  return absl::OkStatus();
}

// The inbox row is what makes a delivery count: it is there until the first acknowledgement, and
// only under devices that were targeted.
absl::Status RecordApply::deliver_to_device(DeviceRef device, bool opened, const MessageHead& head,
                                            Step& step) {
  const std::string delivered_set = book_set_prefix(head.book(), BookSet::delivered);
  auto counts = inbox_.contains(device, head.order());
  if (!counts.ok()) return counts.status();
  const bool pending = *counts && inbox_ack_counts(head.expires_at_ms, step.next.log_time_ms);
  if (pending) {
    Inbox::remove(device, head.order(), step.batch);
    add_to_set(step.batch, delivered_set, device);
  }
  if (!opened) return absl::OkStatus();
  const auto delivered_before = set_contains(store_, delivered_set, device);
  if (!delivered_before.ok()) return delivered_before.status();
  if (pending || *delivered_before) {
    add_to_set(step.batch, book_set_prefix(head.book(), BookSet::opened), device);
  }
  return absl::OkStatus();
}

}  // namespace tocsin::storage
