#include <utility>

#include "base/limits.h"
#include "storage/questions/handlers.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

using internal::DeadLettersQuestion;
using internal::WaitingWebhooksQuestion;
using internal::WebhookEventsQuestion;
using internal::WebhookQueueQuestion;

uint64_t devices_in(const internal::WebhookEventRow& row) {
  uint64_t devices = 0;
  for (const auto& partition : row.devices())
    devices += static_cast<uint64_t>(partition.ordinals_size());
  return devices;
}

// A place is given again once every message that its device could have had has ended.
bool names_devices(const internal::WebhookEventRow& row, const Store& store) {
  return row.at_ms() + uint64_t{limits::ttl_s_max} * 1000 >= store.state().log_time_ms;
}

absl::StatusOr<internal::WebhookEvent> event_of(const internal::WebhookEventRow& row, AppId app,
                                                const QuestionParts& parts) {
  internal::WebhookEvent event;
  event.set_sequence(row.sequence());
  event.set_kind(row.kind());
  event.set_message_id(row.message_id());
  event.set_at_ms(row.at_ms());
  event.set_devices(devices_in(row));
  if (!names_devices(row, parts.store)) return event;
  for (const auto& partition : row.devices()) {
    for (const uint32_t ordinal : partition.ordinals()) {
      const auto owner = parts.registry.ordinals().owner({partition.partition(), ordinal});
      if (!owner.ok()) return owner.status();
      if (!owner->has_value() || (*owner)->app != app) continue;
      const auto& bytes = (*owner)->device.bytes;
      event.add_device_ids(bytes.data(), bytes.size());
    }
  }
  return event;
}

}  // namespace

AnswerTo<WaitingWebhooksQuestion> answer(const WaitingWebhooksQuestion& /*question*/,
                                         const QuestionParts& parts, uint64_t /*now_ms*/) {
  WaitingWebhooksQuestion::Answer answer;
  for (const AppId app : parts.webhooks.waiting()) answer.add_app_ids(app.value);
  return answer;
}

// The numbers of the events have no gap, so that advancing over them cannot take along what comes
// back from a dead letter meanwhile. Devices that are deleted are not named; nor are those of an
// event so old that a place in it may be another device's by now.
AnswerTo<WebhookEventsQuestion> answer(const WebhookEventsQuestion& question,
                                       const QuestionParts& parts, uint64_t /*now_ms*/) {
  const AppId app{question.app_id()};
  WebhookEventsQuestion::Answer answer;
  auto& events = *answer.mutable_events();
  uint64_t devices = 0;
  const auto rows = parts.store.rows(Family::webhooks, webhook_event_prefix(app),
                                     webhook_event_key(app, parts.webhooks.first(app)));
  const auto max = static_cast<int>(limits::webhook_post_events_max);
  for (; rows->valid() && events.size() < max; rows->next()) {
    internal::WebhookEventRow row;
    if (!parse_webhook_row(rows->value(), row)) return unreadable_webhook_row();
    const bool gap = !events.empty() && row.sequence() != events.rbegin()->sequence() + 1;
    devices += devices_in(row);
    const bool full = !events.empty() && devices > limits::webhook_post_devices_max;
    if (gap || full || row.sequence() > question.until()) break;
    auto event = event_of(row, app, parts);
    if (!event.ok()) return event.status();
    *events.Add() = *std::move(event);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return answer;
}

AnswerTo<WebhookQueueQuestion> answer(const WebhookQueueQuestion& question,
                                      const QuestionParts& parts, uint64_t /*now_ms*/) {
  WebhookQueueQuestion::Answer answer;
  *answer.mutable_queue() = parts.webhooks.row(AppId{question.app_id()});
  return answer;
}

AnswerTo<DeadLettersQuestion> answer(const DeadLettersQuestion& question,
                                     const QuestionParts& parts, uint64_t /*now_ms*/) {
  DeadLettersQuestion::Answer answer;
  const auto rows =
      parts.store.rows(Family::webhooks, dead_letter_prefix(AppId{question.app_id()}));
  for (; rows->valid(); rows->next()) {
    internal::DeadLetterRow row;
    if (!parse_webhook_row(rows->value(), row) || row.events().empty()) {
      return unreadable_webhook_row();
    }
    auto& letter = *answer.add_letters();
    letter.set_first(row.events().begin()->sequence());
    letter.set_last(row.events().rbegin()->sequence());
    letter.set_events(static_cast<uint64_t>(row.events_size()));
    letter.set_first_at_ms(row.events().begin()->at_ms());
    letter.set_failed_at_ms(row.failed_at_ms());
    letter.set_attempts(row.attempts());
    letter.set_error(row.error());
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return answer;
}

}  // namespace tocsin::storage
