#include "storage/apply/record_apply.h"

#include <fmt/format.h>
#include <utility>

#include "base/check.h"
#include "storage/apply/app_records.h"
#include "storage/apply/audience_records.h"
#include "storage/apply/device_records.h"
#include "storage/apply/message_acceptance.h"
#include "storage/apply/message_delivery.h"
#include "storage/apply/rollouts.h"
#include "storage/apply/schedule_records.h"
#include "storage/apply/webhook_records.h"
#include "storage/apply/withdrawal.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"

namespace tocsin::storage {

absl::Status RecordApply::apply(const cluster::LogEntry& entry, Applied& applied) {
  TOCSIN_CHECK(entry.position == parts_.store.state().position + 1);
  internal::Record record;
  if (!record.ParseFromString(entry.record)) {
    return absl::DataLossError(fmt::format("log record {} cannot be parsed", entry.position));
  }
  ApplyStep step{parts_.store.batch(), parts_.store.state(), {}, {}};
  step.next.position = entry.position;
  absl::Status status = dispatch(record, step);
  if (status.ok()) status = queue_news(record, parts_, step);
  if (!status.ok()) {
    if (!absl::IsInvalidArgument(status)) return status;
    return absl::DataLossError(fmt::format("log record {} cannot be applied: {}", entry.position,
                                           std::string(status.message())));
  }
  const uint64_t log_time_ms = step.next.log_time_ms;
  auto counted = step.activity.write(log_time_ms, parts_.store, step.batch);
  if (!counted.ok()) return counted;
  if (status = parts_.store.write(step.batch, step.next); !status.ok()) return status;
  applied.append(std::move(step.told));
  return absl::OkStatus();
}

absl::Status RecordApply::dispatch(const internal::Record& record, ApplyStep& step) {
  switch (record.kind_case()) {
    case internal::Record::kAppCreated:
      return create_app(record.app_created(), parts_, step);
    case internal::Record::kAppChanged:
      return change_app(record.app_changed(), parts_, step);
    case internal::Record::kDeviceRegistered:
      step.next.log_time_ms = record.device_registered().registered_at_ms();
      return tell_tags(register_device(record.device_registered(), parts_.registry, step.batch),
                       step);
    case internal::Record::kDeviceChanged:
      return tell_tags(change_device(record.device_changed(), parts_.registry, step.batch), step);
    case internal::Record::kDevicesDeleted:
      step.next.log_time_ms = record.devices_deleted().deleted_at_ms();
      return remove_devices(record.devices_deleted(), step);
    case internal::Record::kDevicesSeen:
      return mark_seen(record.devices_seen(), step);
    case internal::Record::kMessageAccepted:
      return accept_message(record.message_accepted(), parts_, step);
    case internal::Record::kMessagesDelivered:
      return deliver_messages(record.messages_delivered(), parts_, step);
    case internal::Record::kMessageRecalled:
      return recall_message(record.message_recalled(), parts_, step);
    case internal::Record::kAudienceChanged:
      return change_audience(record.audience_changed(), parts_.store, parts_.registry, step.batch);
    case internal::Record::kScheduleChanged:
      return change_schedule(record.schedule_changed(), parts_, step);
    case internal::Record::kRolloutStepped:
      return step_rollout(record.rollout_stepped(), parts_, step);
    case internal::Record::kWebhookAdvanced:
      return advance_webhook(record.webhook_advanced(), parts_, step);
    case internal::Record::kDeadLettersChanged:
      return change_dead_letters(record.dead_letters_changed(), parts_, step);
    case internal::Record::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "a kind this tocsind does not know; use the version that wrote it, or a newer one");
}

absl::Status RecordApply::tell_tags(absl::StatusOr<std::optional<Device>> changed,
                                    ApplyStep& step) {
  if (!changed.ok()) return changed.status();
  if (changed->has_value()) {
    step.told.tags_changed.push_back({**std::move(changed), step.next.position});
  }
  return absl::OkStatus();
}

absl::Status RecordApply::remove_devices(const internal::DevicesDeleted& record, ApplyStep& step) {
  auto places =
      delete_devices(record, step.next.log_time_ms, parts_.store, parts_.registry, step.batch);
  if (!places.ok()) return places.status();
  auto status = drop_all_pending(AppId{record.app_id()}, *places, parts_, step);
  if (!status.ok()) return status;
  step.told.deleted = *std::move(places);
  return absl::OkStatus();
}

absl::Status RecordApply::mark_seen(const internal::DevicesSeen& record, ApplyStep& step) {
  for (const auto& app : record.apps()) {
    const std::string prefix = seen_set_prefix(AppId{app.app_id()}, record.day());
    for (const auto& partition : app.seen()) {
      sets::SetDelta delta;
      for (const uint32_t ordinal : partition.ordinals()) {
        if (parts_.registry.is_assigned({partition.partition(), ordinal})) delta.add.add(ordinal);
      }
      if (!delta.add.empty()) change_set(step.batch, prefix, partition.partition(), delta);
    }
  }
  return absl::OkStatus();
}

}  // namespace tocsin::storage
