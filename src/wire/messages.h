// The bodies of the device protocol's frames as plain values (proto/tocsin/v1/device.proto).
//
// Text and byte fields are views: after decoding they point into the frame they came from and die
// with it; for encoding they point at the caller's data. Lists have a fixed capacity, so nothing
// here touches the heap.
//
// Thread: values.
// Bound: the capacities below, all from base/limits.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/limits.h"

namespace tocsin::wire {

// At most `capacity` values, inline.
template <typename T, size_t capacity>
class BoundedList {
 public:
  bool push_back(const T& value) {
    if (size_ == capacity) return false;
    items_[size_++] = value;
    return true;
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }
  const T& operator[](size_t i) const { return items_[i]; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }

 private:
  size_t size_ = 0;
  std::array<T, capacity> items_;
};

enum class Priority : uint8_t { low = 1, normal = 2, high = 3, alert = 4 };
inline constexpr size_t priorities = 4;

using TagList = BoundedList<std::string_view, limits::tags_per_frame_max>;
using GatewayList = BoundedList<std::string_view, limits::gateways_hint_max>;
using MessageIdList = BoundedList<MessageId, limits::ack_ids_max>;

struct Register {
  std::string_view app;
  ByteView registration_key;  // 32 bytes
  ByteView install_nonce;     // 16 bytes
  std::string_view platform;
  std::string_view app_version;
  TagList tags;
  std::string_view language;   // BCP 47
  std::string_view time_zone;  // IANA
  std::string_view sdk_version;
  std::string_view alias;
  std::string_view region;
};

struct Registered {
  AppId app;
  DeviceId device;
  ByteView device_secret;  // 32 bytes
  uint32_t key_epoch = 0;
};

struct Hello {
  AppId app;
  DeviceId device;
  uint32_t key_epoch = 0;
  ByteView mac;              // 16 bytes
  uint32_t heartbeat_s = 0;  // 0: the server's choice
  uint32_t conditions = 0;   // Condition bits that hold (wire/conditions.h)
};

struct Welcome {
  uint64_t server_time_ms = 0;
  uint32_t heartbeat_s = 0;
  GatewayList gateways;
};

struct DataEntry {
  std::string_view key;
  std::string_view value;
};

struct Push {
  MessageId message;
  Priority priority = Priority::normal;
  uint64_t sent_at_ms = 0;
  uint64_t expires_at_ms = 0;
  uint32_t ack_spread_ms = 0;
  std::string_view title;
  std::string_view body;
  BoundedList<DataEntry, limits::data_entries_max> data;
  MessageId recalls;  // not 0: the message of this id is withdrawn
  std::string_view collapse_key;
};

struct Ack {
  MessageIdList messages;
};

struct Opened {
  MessageIdList messages;
};

struct Conditions {
  uint32_t conditions = 0;  // Condition bits that hold (wire/conditions.h)
};

// Of the attributes, nullopt means unchanged and an empty text means removed.
struct Update {
  uint32_t update_id = 0;
  TagList add_tags;
  TagList remove_tags;
  std::optional<std::string_view> alias = {};
  std::optional<std::string_view> region = {};
  std::optional<std::string_view> language = {};
  std::optional<std::string_view> time_zone = {};
  std::optional<std::string_view> app_version = {};
  std::optional<std::string_view> sdk_version = {};
};

struct Updated {
  uint32_t update_id = 0;
};

struct GoAway {
  enum class Reason : uint8_t { unspecified = 0, draining = 1, replaced = 2, slow = 3, idle = 4 };
  Reason reason = Reason::unspecified;
  uint32_t after_ms = 0;
  uint32_t window_ms = 0;
  GatewayList gateways;
};

struct Error {
  enum class Reason : uint8_t {
    unspecified = 0,
    bad_frame = 1,
    too_large = 2,
    unknown_app = 3,
    unauthenticated = 4,
    expired = 5,
    unknown_device = 6,
    bad_argument = 7,
    unavailable = 8,
    too_many_requests = 9,
    timed_out = 10,
  };
  Reason reason = Reason::unspecified;
  std::string_view message;
  uint32_t retry_after_ms = 0;
};

}  // namespace tocsin::wire
