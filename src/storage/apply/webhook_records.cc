#include "storage/apply/webhook_records.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

using internal::DeadLetterRow;
using internal::WebhookEventRow;
using Row = WebhookQueues::Row;

void queue_event(AppId app, const WebhookEventRow& event, internal::WebhookQueueRow& row,
                 Batch& batch) {
  const std::string bytes = event.SerializeAsString();
  batch.put(Family::webhooks, webhook_event_key(app, event.sequence()), bytes);
  row.set_events(row.events() + 1);
  row.set_bytes(row.bytes() + bytes.size());
}

void take_event(std::string_view key, std::string_view value, internal::WebhookQueueRow& row,
                Batch& batch) {
  batch.remove(Family::webhooks, key);
  row.set_events(row.events() - 1);
  row.set_bytes(row.bytes() - value.size());
}

WebhookEventRow event_of(const WebhookNews& news, uint64_t at_ms, uint64_t sequence) {
  WebhookEventRow event;
  event.set_sequence(sequence);
  event.set_kind(news.kind);
  event.set_message_id(news.message.value);
  event.set_at_ms(at_ms);
  return event;
}

void add_device(DeviceRef device, WebhookEventRow& event) {
  const int partitions = event.devices_size();
  if (partitions == 0 || event.devices(partitions - 1).partition() != device.partition) {
    event.add_devices()->set_partition(device.partition);
  }
  event.mutable_devices(event.devices_size() - 1)->add_ordinals(device.ordinal);
}

void put(AppId app, const Row& row, const ApplyParts& parts, Batch& batch) {
  batch.put(Family::webhooks, webhook_queue_key(app), row.SerializeAsString());
  batch.then([&queues = parts.webhooks, app, row] { queues.set(app, row); });
}

// What the batch itself brings is not seen here, so the queue may be longer by one record's events.
absl::Status drop_oldest(AppId app, Row& row, const Store& store, Batch& batch) {
  if (row.bytes() <= limits::webhook_queue_bytes_max) return absl::OkStatus();
  const auto rows =
      store.rows(Family::webhooks, webhook_event_prefix(app), webhook_event_key(app, row.first()));
  for (; rows->valid() && row.bytes() > limits::webhook_queue_bytes_max; rows->next()) {
    take_event(rows->key(), rows->value(), row, batch);
    row.set_first(webhook_sequence_of_key(rows->key()) + 1);
    row.set_dropped_events(row.dropped_events() + 1);
  }
  return rows->status();
}

absl::Status bury(AppId app, const DeadLetterRow& letter, Row& row, const Store& store,
                  Batch& batch) {
  batch.put(Family::webhooks, dead_letter_key(app, letter.events(0).sequence()),
            letter.SerializeAsString());
  row.set_dead_letters(row.dead_letters() + 1);
  const auto rows = store.rows(Family::webhooks, dead_letter_prefix(app));
  for (; rows->valid() && row.dead_letters() > limits::dead_letters_max; rows->next()) {
    batch.remove(Family::webhooks, rows->key());
    row.set_dead_letters(row.dead_letters() - 1);
    row.set_dropped_dead_letters(row.dropped_dead_letters() + 1);
  }
  return rows->status();
}

void tell(AppId app, int event, MessageId message, const sets::DeviceSet& devices,
          const ApplyParts& parts, ApplyStep& step) {
  if (event == 0 || devices.empty() || !parts.apps.has_webhook(app)) return;
  step.news.push_back({app, static_cast<uint32_t>(event), message, devices});
}

// An acknowledgement does not move log time: it says itself when it was gathered.
uint64_t time_of(const internal::Record& record, const ApplyStep& step) {
  const uint64_t gathered_at_ms = record.messages_delivered().gathered_at_ms();
  return gathered_at_ms > 0 ? gathered_at_ms : step.next.log_time_ms;
}

}  // namespace

void tell_webhook(AppId app, internal::DeliveryState state, MessageId message,
                  const sets::DeviceSet& devices, const ApplyParts& parts, ApplyStep& step) {
  tell(app, cluster::row_of(state).webhook_event, message, devices, parts, step);
}

void tell_webhook_opened(AppId app, MessageId message, const sets::DeviceSet& devices,
                         const ApplyParts& parts, ApplyStep& step) {
  constexpr int opened = 2;  // tocsin.v1.WebhookEvent.OPENED
  tell(app, opened, message, devices, parts, step);
}

absl::Status queue_news(const internal::Record& record, const ApplyParts& parts, ApplyStep& step) {
  const uint64_t at_ms = time_of(record, step);
  std::map<uint32_t, Row> changed;
  for (const WebhookNews& one : step.news) {
    Row& row = changed.try_emplace(one.app.value, parts.webhooks.row(one.app)).first->second;
    const std::vector<DeviceRef> devices = one.devices.devices();
    for (size_t from = 0; from < devices.size(); from += limits::webhook_event_devices_max) {
      const size_t end = std::min(devices.size(), from + limits::webhook_event_devices_max);
      WebhookEventRow event = event_of(one, at_ms, row.next());
      for (size_t i = from; i < end; ++i) add_device(devices[i], event);
      queue_event(one.app, event, row, step.batch);
      row.set_next(row.next() + 1);
    }
  }
  for (auto& [app, row] : changed) {
    if (auto status = drop_oldest(AppId{app}, row, parts.store, step.batch); !status.ok())
      return status;
    put(AppId{app}, row, parts, step.batch);
  }
  return absl::OkStatus();
}

absl::Status advance_webhook(const internal::WebhookAdvanced& record, const ApplyParts& parts,
                             ApplyStep& step) {
  if (record.app_id() == 0 || record.first() == 0 || record.first() > record.last()) {
    return absl::InvalidArgumentError("an advance of a webhook without an app or events");
  }
  step.next.log_time_ms = record.advanced_at_ms();
  const AppId app{record.app_id()};
  Row row = parts.webhooks.row(app);
  DeadLetterRow letter;
  const auto rows = parts.store.rows(Family::webhooks, webhook_event_prefix(app),
                                     webhook_event_key(app, record.first()));
  for (; rows->valid() && webhook_sequence_of_key(rows->key()) <= record.last(); rows->next()) {
    if (record.has_given_up() && !parse_webhook_row(rows->value(), *letter.add_events()))
      return unreadable_webhook_row();
    take_event(rows->key(), rows->value(), row, step.batch);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  if (record.first() <= row.first()) {
    row.set_first(std::clamp(record.last() + 1, row.first(), row.next()));
  }
  if (letter.events_size() > 0) {
    letter.set_attempts(record.given_up().attempts());
    letter.set_error(record.given_up().error().substr(0, limits::webhook_error_bytes_max));
    letter.set_failed_at_ms(record.advanced_at_ms());
    if (auto status = bury(app, letter, row, parts.store, step.batch); !status.ok()) return status;
  }
  put(app, row, parts, step.batch);
  return absl::OkStatus();
}

absl::Status change_dead_letters(const internal::DeadLettersChanged& record,
                                 const ApplyParts& parts, ApplyStep& step) {
  if (record.app_id() == 0 || record.ids().empty()) {
    return absl::InvalidArgumentError("a change of dead letters without an app or ids");
  }
  step.next.log_time_ms = record.changed_at_ms();
  const AppId app{record.app_id()};
  Row row = parts.webhooks.row(app);
  std::vector<uint64_t> ids(record.ids().begin(), record.ids().end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const uint64_t id : ids) {
    const std::string key = dead_letter_key(app, id);
    const auto bytes = parts.store.get(Family::webhooks, key);
    if (!bytes.ok()) return bytes.status();
    if (!bytes->has_value()) continue;
    step.batch.remove(Family::webhooks, key);
    row.set_dead_letters(row.dead_letters() - 1);
    if (!record.retried()) continue;
    DeadLetterRow letter;
    if (!parse_webhook_row(**bytes, letter)) return unreadable_webhook_row();
    for (const WebhookEventRow& event : letter.events()) queue_event(app, event, row, step.batch);
    row.set_first(std::min(row.first(), id));
  }
  put(app, row, parts, step.batch);
  return absl::OkStatus();
}

void clear_webhook(AppId app, const ApplyParts& parts, ApplyStep& step) {
  if (!parts.webhooks.has(app)) return;
  Row row = parts.webhooks.row(app);
  step.batch.remove_all(Family::webhooks, webhook_event_prefix(app));
  step.batch.remove_all(Family::webhooks, dead_letter_prefix(app));
  row.set_first(row.next());
  row.set_events(0);
  row.set_bytes(0);
  row.set_dead_letters(0);
  put(app, row, parts, step.batch);
}

}  // namespace tocsin::storage
