#include "storage/questions/webhook_reading.h"

#include <utility>

#include "base/limits.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

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

absl::StatusOr<WebhookEvent> event_of(const internal::WebhookEventRow& row, AppId app,
                                      const Store& store, const Ordinals& ordinals) {
  WebhookEvent event;
  event.sequence = row.sequence();
  event.kind = static_cast<WebhookEvent::Kind>(row.kind());
  event.message = MessageId{row.message_id()};
  event.at_ms = row.at_ms();
  event.devices = devices_in(row);
  if (!names_devices(row, store)) return event;
  for (const auto& partition : row.devices()) {
    for (const uint32_t ordinal : partition.ordinals()) {
      const auto owner = ordinals.owner({partition.partition(), ordinal});
      if (!owner.ok()) return owner.status();
      if (owner->has_value() && (*owner)->app == app) event.known.push_back((*owner)->device);
    }
  }
  return event;
}

}  // namespace

absl::StatusOr<std::vector<WebhookEvent>> read_webhook_events(const Store& store,
                                                              const Ordinals& ordinals,
                                                              const WebhookQueues& queues,
                                                              AppId app, uint64_t until) {
  std::vector<WebhookEvent> events;
  uint64_t devices = 0;
  const auto rows = store.rows(Family::webhooks, webhook_event_prefix(app),
                               webhook_event_key(app, queues.first(app)));
  for (; rows->valid() && events.size() < limits::webhook_post_events_max; rows->next()) {
    internal::WebhookEventRow row;
    if (!parse_webhook_row(rows->value(), row)) return unreadable_webhook_row();
    const bool gap = !events.empty() && row.sequence() != events.back().sequence + 1;
    devices += devices_in(row);
    const bool full = !events.empty() && devices > limits::webhook_post_devices_max;
    if (gap || full || row.sequence() > until) break;
    auto event = event_of(row, app, store, ordinals);
    if (!event.ok()) return event.status();
    events.push_back(*std::move(event));
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return events;
}

absl::StatusOr<std::vector<DeadLetter>> read_dead_letters(const Store& store, AppId app) {
  std::vector<DeadLetter> letters;
  const auto rows = store.rows(Family::webhooks, dead_letter_prefix(app));
  for (; rows->valid(); rows->next()) {
    internal::DeadLetterRow row;
    if (!parse_webhook_row(rows->value(), row) || row.events().empty())
      return unreadable_webhook_row();
    letters.push_back({row.events(0).sequence(), row.events(row.events_size() - 1).sequence(),
                       static_cast<uint64_t>(row.events_size()), row.events(0).at_ms(),
                       row.failed_at_ms(), row.attempts(), row.error()});
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return letters;
}

}  // namespace tocsin::storage
