#include "base/ids.h"

#include <algorithm>

#include "base/check.h"
#include "base/hex.h"

namespace tocsin {
namespace {

constexpr uint64_t epoch_2024_ms = 1'704'067'200'000;
constexpr int sequence_bits = 12;
constexpr int node_bits = 10;

}  // namespace

std::string DeviceId::text() const { return to_hex(view()); }

std::optional<DeviceId> DeviceId::parse(std::string_view text) {
  DeviceId id;
  if (!from_hex(text, id.bytes)) return std::nullopt;
  return id;
}

std::optional<DeviceId> DeviceId::from_bytes(ByteView bytes) {
  DeviceId id;
  if (bytes.size() != id.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

std::string MessageId::text() const {
  std::array<uint8_t, 8> big_endian;
  for (int i = 0; i < 8; ++i) big_endian[i] = static_cast<uint8_t>(value >> (56 - 8 * i));
  return to_hex(big_endian);
}

std::optional<MessageId> MessageId::parse(std::string_view text) {
  std::array<uint8_t, 8> big_endian;
  if (!from_hex(text, big_endian)) return std::nullopt;
  MessageId id;
  for (const uint8_t byte : big_endian) id.value = id.value << 8 | byte;
  if (id.value == 0) return std::nullopt;
  return id;
}

// Layout, high to low: milliseconds (42) | node (10) | sequence (12). `last_tick_` is the same
// number without the node, so that "the next id" is one addition whatever the clock does.
MessageIdSource::MessageIdSource(uint32_t node, MessageId after) : node_(node) {
  TOCSIN_CHECK(node < (1u << node_bits));
  last_tick_ = (after.value >> (node_bits + sequence_bits)) << sequence_bits;
  last_tick_ |= (uint64_t{1} << sequence_bits) - 1;  // the whole millisecond of `after` is used up
}

MessageId MessageIdSource::next(uint64_t wall_ms) {
  const uint64_t since = wall_ms > epoch_2024_ms ? wall_ms - epoch_2024_ms : 0;
  last_tick_ = std::max(last_tick_ + 1, since << sequence_bits);
  const uint64_t ms = last_tick_ >> sequence_bits;
  const uint64_t sequence = last_tick_ & ((uint64_t{1} << sequence_bits) - 1);
  return MessageId{ms << (node_bits + sequence_bits) | node_ << sequence_bits | sequence};
}

uint64_t wall_ms_of(MessageId id) {
  return (id.value >> (node_bits + sequence_bits)) + epoch_2024_ms;
}

}  // namespace tocsin
