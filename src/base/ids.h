// The identifiers of the system, each a type of its own so that no two can be mixed up.
//
//   AppId      32 bits, given at creation, never reused; the app's *name* is what people use
//   DeviceId   16 bytes, derived from a secret nonce of the installation (wire/hello_auth.h)
//   MessageId  64 bits: 42 bits of milliseconds since 2024, 10 bits of node, 12 bits of sequence.
//              Unique, roughly ordered by acceptance, and 8 bytes on the wire.
//   DeviceRef  where a device lives in storage: partition + dense ordinal. All sets are over
//   DeviceRef  where a device lives in storage: partition + dense ordinal. All sets are over it.
//
// Outside, DeviceId is 32 and MessageId 16 lower-case hex digits.
//
// Thread: values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/limits.h"

namespace tocsin {

struct AppId {
  uint32_t value = 0;  // 0 is no app
  auto operator<=>(const AppId&) const = default;
};

struct DeviceId {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const DeviceId&) const = default;
  ByteView view() const { return {bytes.data(), bytes.size()}; }
  std::string text() const;
  static std::optional<DeviceId> parse(std::string_view text);
  // nullopt unless exactly 16 bytes.
  static std::optional<DeviceId> from_bytes(ByteView bytes);
};

struct MessageId {
  uint64_t value = 0;  // 0 is no message
  auto operator<=>(const MessageId&) const = default;
  std::string text() const;
  static std::optional<MessageId> parse(std::string_view text);
};

struct DeviceRef {
  uint32_t partition = 0;  // < limits::partitions
  uint32_t ordinal = 0;    // dense within the partition, from 0
  auto operator<=>(const DeviceRef&) const = default;
};

// The partition of a device: its id is uniformly random, so a byte of it is a fair hash.
inline uint32_t partition_of(const DeviceId& device) {
  static_assert(limits::partitions == 256);
  return device.bytes[0];
}

// Gives MessageIds that rise strictly within one process, even when the wall clock steps back.
//
// Thread: one owner.
// Bound: 4096 per millisecond; beyond, it runs ahead of the clock.
class MessageIdSource {
 public:
  // `node` is 0..1023 and unique among the dispatchers of an installation. No id at or below
  // `after` is ever given: pass the largest id found in storage, so a restart cannot repeat one.
  explicit MessageIdSource(uint32_t node, MessageId after = {});
  MessageId next(uint64_t wall_ms);

 private:
  uint64_t node_;
  uint64_t last_tick_ = 0;  // milliseconds since the epoch below, shifted by the sequence bits
};

// Milliseconds since 1970 at which `id` was given, to a millisecond.
uint64_t wall_ms_of(MessageId id);

}  // namespace tocsin

template <>
struct std::hash<tocsin::DeviceId> {
  size_t operator()(const tocsin::DeviceId& id) const noexcept {
    uint64_t word;
    std::memcpy(&word, id.bytes.data() + 8, sizeof word);
    return word;
  }
};
template <>
struct std::hash<tocsin::MessageId> {
  size_t operator()(tocsin::MessageId id) const noexcept { return id.value * 0x9e3779b97f4a7c15; }
};
