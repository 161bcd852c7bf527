// A send as the server accepts it: checked, within every limit.
//
// Thread: pure functions.
// Bound: base/limits.h, "What a sender may send".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "base/ids.h"
#include "dispatcher/reply/caller.h"
#include "tocsin/internal/record.pb.h"
#include "tocsin/v1/push.pb.h"
#include "wire/messages.h"

namespace tocsin::dispatcher {

// The content that devices of a platform get instead.
struct Variant {
  std::string platform;
  std::string title;
  std::string body;
  std::vector<std::pair<std::string, std::string>> data;  // by key
};

struct Send {
  enum class Target { devices, tag, everyone, audience };
  Target target = Target::devices;
  std::vector<DeviceId> devices;  // without repetitions, in the order given
  std::string devices_field;      // where they were given: "device" or "devices.ids"
  std::string tag;
  std::string audience;      // an expression, canonical
  std::string collapse_key;  // empty: none
  std::string label;
  std::string group;
  std::string idempotency_key;  // empty: none
  std::string fingerprint;      // of the whole request except its idempotency key and release
  bool validate_only = false;
  bool names_everyone = false;  // also with an exclusion
  uint64_t send_at_ms = 0;      // 0: now
  size_t content_bytes = 0;     // title, body, data
  std::string title;
  std::string body;
  std::vector<std::pair<std::string, std::string>> data;  // by key
  uint64_t ttl_ms = 0;                                    // 0: now or never
  wire::Priority priority = wire::Priority::normal;
  // When, and with which content, a device may have it (delivery_options.h).
  internal::DeliveryConditions conditions = {};  // without variants
  std::vector<Variant> variants = {};
  std::optional<internal::Rollout> rollout = {};
  bool ignores_frequency_cap = false;

  bool names_devices() const { return target == Target::devices; }
  bool has_conditions() const { return conditions.ByteSizeLong() > 0 || !variants.empty(); }
  // Stored once for all devices, not in the inbox of each.
  bool is_cast() const { return !names_devices() || has_conditions() || rollout.has_value(); }
};

// What `request` asks for at `now_ms`. INVALID_ARGUMENT naming the field
// (dispatcher/reply/api_error.h); every violation is listed.
absl::StatusOr<Send> check_send(v1::SendRequest request, uint64_t now_ms);

// SHA-256 of everything in `request` except its idempotency key and release: equal requests have
// equal fingerprints.
std::string fingerprint_of(const v1::SendRequest& request);

// When to send, in ms since 1970. INVALID_ARGUMENT when it is not after `now_ms`, or too far ahead.
absl::StatusOr<uint64_t> send_time_in(const google::protobuf::Timestamp& time, uint64_t now_ms);

// PERMISSION_DENIED when the send needs a scope that the caller's key does not have.
absl::Status check_scopes(const Send& send, const Caller& caller);

// The audience that a send means, canonical. Requires that it does not name devices.
std::string audience_of(const Send& send);

}  // namespace tocsin::dispatcher
