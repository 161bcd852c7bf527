#include "storage/fleet.h"

#include <array>
#include <cstring>
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/prng.h"
#include "tocsin/internal/record.pb.h"
#include "wire/messages.h"

namespace tocsin::bench::storage_bench {
namespace {

constexpr std::array<const char*, 20> languages = {"en", "zh", "hi", "es", "fr", "ar", "bn",
                                                   "pt", "ru", "ur", "id", "de", "ja", "sw",
                                                   "mr", "te", "tr", "ta", "vi", "ko"};
constexpr uint32_t app_versions = 10;
constexpr uint64_t ttl_ms = 24 * 3'600'000;

// What chance gave a device, in the order it is drawn.
struct Traits {
  std::array<uint64_t, 2> id;
  bool a;
  bool b;
  bool c;
  uint64_t rest;  // for what no count depends on
};

Traits traits_of(uint64_t number) {
  Prng prng(Prng(number).next());
  const auto with_percent = [&prng](uint64_t percent) { return prng.below(100) < percent; };
  Traits traits{};
  traits.id = {prng.next(), prng.next()};
  traits.a = with_percent(30);
  traits.b = with_percent(50);
  traits.c = with_percent(10);
  traits.rest = prng.next();
  return traits;
}

DeviceId id_of_traits(const Traits& traits) {
  DeviceId id;
  static_assert(sizeof traits.id == sizeof id.bytes);
  std::memcpy(id.bytes.data(), traits.id.data(), sizeof id.bytes);
  return id;
}

const char* platform_of(uint64_t percent) {
  if (percent < 60) return "android";
  return percent < 90 ? "ios" : "linux";
}

void add_tags(const Traits& traits, uint32_t tags, internal::DeviceRegistered& device) {
  if (traits.a) device.add_tags("a");
  if (traits.b) device.add_tags("b");
  if (traits.c) device.add_tags("c");
  const uint64_t others = tags - 3;
  const uint64_t first = traits.rest % others;
  device.add_tags(fmt::format("topic-{}", first));
  device.add_tags(
      fmt::format("topic-{}", (first + 1 + traits.rest / others % (others - 1)) % others));
}

std::string bytes_of(const DeviceId& device) { return std::string(as_text(device.view())); }

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

DeviceId Fleet::id_of(uint64_t number) const { return id_of_traits(traits_of(number)); }

std::string Fleet::registration(uint64_t number, uint64_t now_ms) const {
  const Traits traits = traits_of(number);
  Prng prng(traits.rest);
  internal::Record record;
  auto& device = *record.mutable_device_registered();
  device.set_app_id(bench_app.value);
  device.set_device_id(bytes_of(id_of_traits(traits)));
  device.set_platform(platform_of(prng.below(100)));
  device.set_app_version(fmt::format("4.{}", prng.below(app_versions)));
  device.set_language(languages[prng.below(languages.size())]);
  device.set_registered_at_ms(now_ms);
  add_tags(traits, tags_, device);
  return record.SerializeAsString();
}

uint64_t Fleet::audience_size() const {
  uint64_t count = 0;
  for (uint64_t number = 0; number < devices_; ++number) {
    const Traits traits = traits_of(number);
    count += (traits.a && traits.b) || !traits.c;
  }
  return count;
}

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

}  // namespace tocsin::bench::storage_bench
