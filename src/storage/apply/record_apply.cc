#include "storage/apply/record_apply.h"

#include <fmt/format.h>
#include <utility>

#include "base/check.h"
#include "storage/apply/message_acceptance.h"
#include "storage/apply/message_delivery.h"
#include "storage/apply/rollouts.h"
#include "storage/apply/webhook_news.h"
#include "storage/apply/withdrawal.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"
#include "storage/tables/schedules.h"
#include "storage/tables/uploaded_audiences.h"

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
  if (status.ok()) status = enter_news(record, parts_, step);
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
      step.next.log_time_ms = record.app_created().created_at_ms();
      step.told.apps_changed = true;
      return parts_.apps.apply(record.app_created(), parts_.store, step.batch);
    case internal::Record::kAppChanged:
      return change_app(record.app_changed(), step);
    case internal::Record::kDeviceRegistered:
      step.next.log_time_ms = record.device_registered().registered_at_ms();
      return change_device(record.device_registered(), step);
    case internal::Record::kDeviceChanged:
      return change_device(record.device_changed(), step);
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
      return apply_audience(record.audience_changed(), parts_.store, parts_.registry, step.batch);
    case internal::Record::kScheduleChanged:
      return change_schedule(record.schedule_changed(), parts_, step);
    case internal::Record::kRolloutStepped:
      return step_rollout(record.rollout_stepped(), parts_, step);
    case internal::Record::kWebhookAdvanced:
      step.next.log_time_ms = record.webhook_advanced().advanced_at_ms();
      return parts_.webhooks.apply(record.webhook_advanced(), parts_.store, step.batch);
    case internal::Record::kDeadLettersChanged:
      step.next.log_time_ms = record.dead_letters_changed().changed_at_ms();
      return parts_.webhooks.apply(record.dead_letters_changed(), parts_.store, step.batch);
    case internal::Record::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "a kind this tocsind does not know; use the version that wrote it, or a newer one");
}

absl::Status RecordApply::change_app(const internal::AppChanged& record, ApplyStep& step) {
  step.next.log_time_ms = record.changed_at_ms();
  step.told.apps_changed = true;
  if (record.has_settings() && record.settings().webhook_url().empty()) {
    parts_.webhooks.clear(AppId{record.app_id()}, step.batch);
  }
  return parts_.apps.apply(record, parts_.store, step.batch);
}

template <typename Record>
absl::Status RecordApply::change_device(const Record& record, ApplyStep& step) {
  auto changed = parts_.registry.apply(record, step.batch);
  if (!changed.ok()) return changed.status();
  if (changed->has_value()) {
    step.told.tags_changed.push_back({**std::move(changed), step.next.position});
  }
  return absl::OkStatus();
}

absl::Status RecordApply::remove_devices(const internal::DevicesDeleted& record, ApplyStep& step) {
  auto places = parts_.registry.apply(record, step.next.log_time_ms, step.batch);
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
