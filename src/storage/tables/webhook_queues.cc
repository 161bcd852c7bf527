#include "storage/tables/webhook_queues.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/fixed_int.h"
#include "base/limits.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

using internal::DeadLetterRow;
using internal::WebhookEventRow;

void queue_event(AppId app, const WebhookEventRow& event, internal::WebhookQueueRow& row,
                 Store::Batch& batch) {
  const std::string bytes = event.SerializeAsString();
  batch.put(Family::webhooks, webhook_event_key(app, event.sequence()), bytes);
  row.set_events(row.events() + 1);
  row.set_bytes(row.bytes() + bytes.size());
}

void take_event(std::string_view key, std::string_view value, internal::WebhookQueueRow& row,
                Store::Batch& batch) {
  batch.remove(Family::webhooks, key);
  row.set_events(row.events() - 1);
  row.set_bytes(row.bytes() - value.size());
}

WebhookEventRow event_of(const WebhookNews& news, uint64_t at_ms, uint64_t sequence) {
  WebhookEventRow event;
  event.set_sequence(sequence);
  event.set_kind(static_cast<uint32_t>(news.kind));
  event.set_message_id(news.message.value);
  event.set_at_ms(at_ms);
  return event;
}

void add_device(DeviceRef device, WebhookEventRow& event) {
  const int shards = event.devices_size();
  if (shards == 0 || event.devices(shards - 1).partition() != device.partition) {
    event.add_devices()->set_partition(device.partition);
  }
  event.mutable_devices(event.devices_size() - 1)->add_ordinals(device.ordinal);
}

}  // namespace

absl::Status WebhookQueues::load(const Store& store) {
  const auto rows = store.rows(Family::webhooks, std::string(1, webhook_queue_rows));
  for (; rows->valid(); rows->next()) {
    Row row;
    const bool is_key = rows->key().size() == webhook_queue_key({}).size();
    if (!is_key || !parse_webhook_row(rows->value(), row)) return unreadable_webhook_row();
    rows_[get_be<uint32_t>(rows->key().substr(1))] = std::move(row);
  }
  return rows->status();
}

absl::Status WebhookQueues::enter(std::span<const WebhookNews> news, uint64_t at_ms,
                                  const Store& store, Store::Batch& batch) {
  std::map<uint32_t, Row> changed;
  for (const WebhookNews& one : news) {
    Row& row = changed.try_emplace(one.app.value, this->row(one.app)).first->second;
    const std::vector<DeviceRef> devices = one.devices.devices();
    for (size_t from = 0; from < devices.size(); from += limits::webhook_event_devices_max) {
      const size_t end = std::min(devices.size(), from + limits::webhook_event_devices_max);
      WebhookEventRow event = event_of(one, at_ms, row.next());
      for (size_t i = from; i < end; ++i) add_device(devices[i], event);
      queue_event(one.app, event, row, batch);
      row.set_next(row.next() + 1);
    }
  }
  for (auto& [app, row] : changed) {
    if (auto status = drop_oldest(AppId{app}, row, store, batch); !status.ok()) return status;
    put(AppId{app}, row, batch);
  }
  return absl::OkStatus();
}

// What the batch itself brings is not seen here, so the queue may be longer by one record's events.
absl::Status WebhookQueues::drop_oldest(AppId app, Row& row, const Store& store,
                                        Store::Batch& batch) const {
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

absl::Status WebhookQueues::apply(const internal::WebhookAdvanced& record, const Store& store,
                                  Store::Batch& batch) {
  if (record.app_id() == 0 || record.first() == 0 || record.first() > record.last()) {
    return absl::InvalidArgumentError("an advance of a webhook without an app or events");
  }
  const AppId app{record.app_id()};
  Row row = this->row(app);
  DeadLetterRow letter;
  const auto rows = store.rows(Family::webhooks, webhook_event_prefix(app),
                               webhook_event_key(app, record.first()));
  for (; rows->valid() && webhook_sequence_of_key(rows->key()) <= record.last(); rows->next()) {
    if (record.has_given_up() && !parse_webhook_row(rows->value(), *letter.add_events()))
      return unreadable_webhook_row();
    take_event(rows->key(), rows->value(), row, batch);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  if (record.first() <= row.first()) {
    row.set_first(std::clamp(record.last() + 1, row.first(), row.next()));
  }
  if (letter.events_size() > 0) {
    letter.set_attempts(record.given_up().attempts());
    letter.set_error(record.given_up().error().substr(0, limits::webhook_error_bytes_max));
    letter.set_failed_at_ms(record.advanced_at_ms());
    if (auto status = bury(app, letter, row, store, batch); !status.ok()) return status;
  }
  put(app, row, batch);
  return absl::OkStatus();
}

absl::Status WebhookQueues::bury(AppId app, const DeadLetterRow& letter, Row& row,
                                 const Store& store, Store::Batch& batch) const {
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

absl::Status WebhookQueues::apply(const internal::DeadLettersChanged& record, const Store& store,
                                  Store::Batch& batch) {
  if (record.app_id() == 0 || record.ids().empty()) {
    return absl::InvalidArgumentError("a change of dead letters without an app or ids");
  }
  const AppId app{record.app_id()};
  Row row = this->row(app);
  std::vector<uint64_t> ids(record.ids().begin(), record.ids().end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const uint64_t id : ids) {
    const std::string key = dead_letter_key(app, id);
    const auto bytes = store.get(Family::webhooks, key);
    if (!bytes.ok()) return bytes.status();
    if (!bytes->has_value()) continue;
    batch.remove(Family::webhooks, key);
    row.set_dead_letters(row.dead_letters() - 1);
    if (!record.retried()) continue;
    DeadLetterRow letter;
    if (!parse_webhook_row(**bytes, letter)) return unreadable_webhook_row();
    for (const WebhookEventRow& event : letter.events()) queue_event(app, event, row, batch);
    row.set_first(std::min(row.first(), id));
  }
  put(app, row, batch);
  return absl::OkStatus();
}

void WebhookQueues::clear(AppId app, Store::Batch& batch) {
  if (!rows_.contains(app.value)) return;
  Row row = this->row(app);
  batch.remove_all(Family::webhooks, webhook_event_prefix(app));
  batch.remove_all(Family::webhooks, dead_letter_prefix(app));
  row.set_first(row.next());
  row.set_events(0);
  row.set_bytes(0);
  row.set_dead_letters(0);
  put(app, row, batch);
}

std::vector<AppId> WebhookQueues::waiting() const {
  std::vector<AppId> apps;
  for (const auto& [app, row] : rows_) {
    if (row.events() > 0) apps.push_back(AppId{app});
  }
  return apps;
}

WebhookQueue WebhookQueues::queue(AppId app) const {
  const Row row = this->row(app);
  return {row.events(), row.bytes(), row.dropped_events(), row.dead_letters(),
          row.dropped_dead_letters()};
}

WebhookQueues::Row WebhookQueues::row(AppId app) const {
  const auto found = rows_.find(app.value);
  if (found != rows_.end()) return found->second;
  Row fresh;
  fresh.set_next(1);
  fresh.set_first(1);
  return fresh;
}

void WebhookQueues::put(AppId app, const Row& row, Store::Batch& batch) {
  batch.put(Family::webhooks, webhook_queue_key(app), row.SerializeAsString());
  batch.then([this, app, row] { rows_[app.value] = row; });
}

}  // namespace tocsin::storage
