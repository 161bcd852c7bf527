// Log records for tests, in one line each.
//
// Thread: pure functions.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "tocsin/internal/record.pb.h"
#include "wire/messages.h"

namespace tocsin::test {

inline constexpr AppId app{7};

// When the tests began: the time of records that have no better one.
inline const uint64_t start_ms = wall_ms();

// Device `number` of partition `partition`.
inline DeviceId device_id(uint32_t number, uint8_t partition = 3) {
  DeviceId id;
  id.bytes[0] = partition;
  for (int i = 0; i < 4; ++i) id.bytes[12 + i] = static_cast<uint8_t>(number >> (24 - 8 * i));
  return id;
}

inline std::string bytes_of(const DeviceId& id) { return std::string(as_text(id.view())); }

inline internal::Record app_created(AppId id = app, const std::string& name = "demo") {
  internal::Record record;
  auto& created = *record.mutable_app_created();
  created.set_app_id(id.value);
  created.set_name(name);
  created.set_send_key_hash(std::string(32, 's'));
  created.set_registration_key(std::string(32, 'r'));
  created.set_device_master_secret(std::string(32, 'm'));
  created.set_key_epoch(1);
  created.set_created_at_ms(start_ms);
  return record;
}

inline internal::Record registered(const DeviceId& device,
                                   const std::vector<std::string>& tags = {}, AppId id = app) {
  internal::Record record;
  auto& registered = *record.mutable_device_registered();
  registered.set_app_id(id.value);
  registered.set_device_id(bytes_of(device));
  registered.set_platform("linux");
  registered.set_app_version("1");
  for (const auto& tag : tags) registered.add_tags(tag);
  registered.set_registered_at_ms(start_ms);
  return record;
}

inline internal::Record tagged(const DeviceId& device, const std::vector<std::string>& add,
                               const std::vector<std::string>& remove = {}) {
  internal::Record record;
  auto& tagged = *record.mutable_device_changed();
  tagged.set_app_id(app.value);
  tagged.set_device_id(bytes_of(device));
  for (const auto& tag : add) tagged.add_add(tag);
  for (const auto& tag : remove) tagged.add_remove(tag);
  return record;
}

struct MessageOf {
  uint64_t id = 0;
  wire::Priority priority = wire::Priority::normal;
  uint64_t accepted_at_ms = 0;
  uint64_t ttl_ms = 3'600'000;
  AppId to_app = app;
};

inline internal::Record accepted(const MessageOf& message) {
  internal::Record record;
  auto& envelope = *record.mutable_message_accepted()->mutable_envelope();
  envelope.set_message_id(message.id);
  envelope.set_app_id(message.to_app.value);
  envelope.set_priority(static_cast<uint32_t>(message.priority));
  envelope.set_accepted_at_ms(message.accepted_at_ms);
  envelope.set_expires_at_ms(message.accepted_at_ms + message.ttl_ms);
  envelope.set_push_frame("push " + std::to_string(message.id));
  return record;
}

inline internal::Record to_devices(const MessageOf& message, const std::vector<DeviceId>& devices) {
  internal::Record record = accepted(message);
  auto& ids = *record.mutable_message_accepted()->mutable_devices();
  for (const auto& device : devices) ids.add_ids(bytes_of(device));
  return record;
}

inline internal::Record to_tag(const MessageOf& message, const std::string& tag) {
  internal::Record record = accepted(message);
  record.mutable_message_accepted()->set_tag(tag);
  return record;
}

inline internal::Record to_everyone(const MessageOf& message) {
  internal::Record record = accepted(message);
  record.mutable_message_accepted()->set_everyone(true);
  return record;
}

inline internal::Record delivered(uint64_t message, const std::vector<DeviceRef>& delivered,
                                  const std::vector<DeviceRef>& opened = {}, AppId id = app) {
  internal::Record record;
  auto& delivery = *record.mutable_messages_delivered()->add_deliveries();
  delivery.set_message_id(message);
  delivery.set_app_id(id.value);
  for (const auto& ref : delivered) {
    auto& partition = *delivery.add_delivered();
    partition.set_partition(ref.partition);
    partition.add_ordinals(ref.ordinal);
  }
  for (const auto& ref : opened) {
    auto& partition = *delivery.add_opened();
    partition.set_partition(ref.partition);
    partition.add_ordinals(ref.ordinal);
  }
  return record;
}

inline internal::Record to_audience(const MessageOf& message, const std::string& expression) {
  internal::Record record = accepted(message);
  record.mutable_message_accepted()->set_audience(expression);
  return record;
}

// The same message, with a collapse key.
inline internal::Record collapsing(internal::Record record, const std::string& key) {
  record.mutable_message_accepted()->mutable_envelope()->set_collapse_key(key);
  return record;
}

inline internal::Record deleted(const DeviceId& device, uint64_t at_ms) {
  internal::Record record;
  auto& entry = *record.mutable_devices_deleted();
  entry.set_app_id(app.value);
  entry.mutable_devices()->add_ids(bytes_of(device));
  entry.set_deleted_at_ms(at_ms);
  return record;
}

inline internal::Record alias_deleted(const std::string& alias, uint64_t at_ms) {
  internal::Record record;
  auto& entry = *record.mutable_devices_deleted();
  entry.set_app_id(app.value);
  entry.set_alias(alias);
  entry.set_deleted_at_ms(at_ms);
  return record;
}

// `notice`: the id of the message that tells of it; 0: none does.
inline internal::Record recalled(uint64_t message, uint64_t at_ms, uint64_t notice = 0) {
  internal::Record record;
  auto& entry = *record.mutable_message_recalled();
  entry.set_app_id(app.value);
  entry.set_message_id(message);
  entry.set_recalled_at_ms(at_ms);
  if (notice == 0) return record;
  *entry.mutable_notice() = accepted({notice, wire::Priority::normal, at_ms, 3'600'000, app})
                                .message_accepted()
                                .envelope();
  return record;
}

inline internal::Record app_changed(AppId id = app) {
  internal::Record record;
  record.mutable_app_changed()->set_app_id(id.value);
  record.mutable_app_changed()->set_changed_at_ms(start_ms);
  return record;
}

// `hash`: what each byte of the key's hash is.
inline internal::Record key_put(const std::string& key_id, char hash = 'k', AppId id = app) {
  internal::Record record = app_changed(id);
  auto& key = *record.mutable_app_changed()->mutable_key();
  key.set_key_id(key_id);
  key.set_key_hash(std::string(32, hash));
  key.set_scopes(2);
  key.set_label("of " + key_id);
  key.set_created_at_ms(start_ms);
  key.set_expires_at_ms(start_ms + 1000);
  return record;
}

inline internal::Record key_removed(const std::string& key_id, AppId id = app) {
  internal::Record record = app_changed(id);
  record.mutable_app_changed()->set_removed_key_id(key_id);
  return record;
}

inline internal::Record settings_put(uint32_t sends_per_s, const std::string& webhook_url = {}) {
  internal::Record record = app_changed();
  auto& settings = *record.mutable_app_changed()->mutable_settings();
  settings.set_sends_per_s(sends_per_s);
  settings.set_webhook_url(webhook_url);
  return record;
}

inline internal::Record scheduled(uint64_t id, uint64_t due_at_ms,
                                  const std::string& request = "request", AppId of = app) {
  internal::Record record;
  auto& entry = *record.mutable_schedule_changed();
  entry.set_app_id(of.value);
  entry.set_schedule_id(id);
  entry.set_changed_at_ms(start_ms);
  entry.mutable_put()->set_due_at_ms(due_at_ms);
  entry.mutable_put()->set_request(request);
  entry.mutable_put()->set_created_at_ms(start_ms);
  return record;
}

inline internal::Record unscheduled(uint64_t id, AppId of = app) {
  internal::Record record;
  auto& entry = *record.mutable_schedule_changed();
  entry.set_app_id(of.value);
  entry.set_schedule_id(id);
  entry.set_changed_at_ms(start_ms);
  entry.set_removed(true);
  return record;
}

// The same call, with an idempotency key.
inline internal::Record keyed(internal::Record record, const std::string& key,
                              const std::string& fingerprint = "print") {
  record.mutable_message_accepted()->set_idempotency_key(key);
  record.mutable_message_accepted()->set_fingerprint(fingerprint);
  return record;
}

// The same message, with a label and a group.
inline internal::Record labelled(internal::Record record, const std::string& label,
                                 const std::string& group = {}) {
  auto& envelope = *record.mutable_message_accepted()->mutable_envelope();
  envelope.set_label(label);
  envelope.set_group(group);
  return record;
}

// The same deliveries; each of them took as long as `bucket` says.
inline internal::Record taking(internal::Record record, uint32_t bucket, uint32_t count) {
  auto& delivery = *record.mutable_messages_delivered()->mutable_deliveries(0);
  delivery.add_latency_buckets(bucket);
  delivery.add_latency_counts(count);
  return record;
}

// The same message, going out in steps.
inline internal::Record rolled_out(internal::Record record, uint32_t canary_permille = 0) {
  auto& plan = *record.mutable_message_accepted()->mutable_rollout();
  plan.set_per_s(10);
  plan.set_canary_permille(canary_permille);
  return record;
}

inline internal::Record stepped(uint64_t message, uint32_t step, uint64_t at_ms) {
  internal::Record record;
  auto& entry = *record.mutable_rollout_stepped();
  entry.set_app_id(app.value);
  entry.set_message_id(message);
  entry.set_step(step);
  entry.set_stepped_at_ms(at_ms);
  return record;
}

inline internal::Record released(uint64_t message, uint32_t step, uint64_t count, uint64_t at_ms) {
  internal::Record record = stepped(message, step, at_ms);
  record.mutable_rollout_stepped()->set_release(count);
  return record;
}

inline internal::Record stopped(uint64_t message, uint32_t step, uint64_t at_ms) {
  internal::Record record = stepped(message, step, at_ms);
  record.mutable_rollout_stepped()->set_stop("enough");
  return record;
}

// The same message, for devices that had fewer than `cap` that day.
inline internal::Record capped(internal::Record record, uint32_t cap) {
  record.mutable_message_accepted()->set_frequency_cap(cap);
  return record;
}

inline internal::Record seen(uint32_t day, const std::vector<DeviceRef>& devices) {
  internal::Record record;
  auto& entry = *record.mutable_devices_seen();
  entry.set_day(day);
  auto& of_app = *entry.add_apps();
  of_app.set_app_id(app.value);
  for (const auto& ref : devices) {
    auto& partition = *of_app.add_seen();
    partition.set_partition(ref.partition);
    partition.add_ordinals(ref.ordinal);
  }
  return record;
}

inline internal::Record audience_of(const std::string& name, const std::vector<DeviceId>& add,
                                    const std::vector<DeviceId>& remove = {}, bool clear = false) {
  internal::Record record;
  auto& entry = *record.mutable_audience_changed();
  entry.set_app_id(app.value);
  entry.set_name(name);
  entry.set_clear(clear);
  for (const auto& device : add) entry.add_add(bytes_of(device));
  for (const auto& device : remove) entry.add_remove(bytes_of(device));
  return record;
}

}  // namespace tocsin::test
