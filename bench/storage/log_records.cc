#include "storage/log_records.h"

#include "base/bytes.h"
#include "tocsin/internal/record.pb.h"
#include "wire/messages.h"

namespace tocsin::storage_bench {
namespace {

constexpr uint64_t ttl_ms = 24 * 3'600'000;

internal::Record accepted(const MessageText& message) {
  internal::Record record;
  auto& envelope = *record.mutable_message_accepted()->mutable_envelope();
  envelope.set_message_id(message.id.value);
  envelope.set_app_id(bench_app.value);
  envelope.set_priority(static_cast<uint32_t>(wire::Priority::normal));
  envelope.set_accepted_at_ms(message.now_ms);
  envelope.set_expires_at_ms(message.now_ms + ttl_ms);
  envelope.set_push_frame(std::string(message.payload_bytes, 'p'));
  return record;
}

}  // namespace

std::string bytes_of(const DeviceId& device) { return std::string(as_text(device.view())); }

std::string app_created(uint64_t now_ms) {
  internal::Record record;
  auto& created = *record.mutable_app_created();
  created.set_app_id(bench_app.value);
  created.set_name("bench");
  created.set_send_key_hash(std::string(32, 's'));
  created.set_registration_key(std::string(32, 'r'));
  created.set_device_master_secret(std::string(32, 'm'));
  created.set_key_epoch(1);
  created.set_created_at_ms(now_ms);
  return record.SerializeAsString();
}

std::string cast_to_everyone(const MessageText& message) {
  internal::Record record = accepted(message);
  record.mutable_message_accepted()->set_everyone(true);
  return record.SerializeAsString();
}

std::string send_to_device(const MessageText& message, const DeviceId& device) {
  internal::Record record = accepted(message);
  record.mutable_message_accepted()->mutable_devices()->add_ids(bytes_of(device));
  return record.SerializeAsString();
}

}  // namespace tocsin::storage_bench
