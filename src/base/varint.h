// Base-128 varints, least significant group first (Protocol Buffers encoding).
//
// Thread: pure functions.
// Bound: 10 bytes.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace tocsin {

// Append `value` in 1..10 bytes.
inline void append_varint(uint64_t value, Bytes& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<uint8_t>(value) | 0x80);
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value));
}

enum class VarintResult { ok, incomplete, too_long };

// Read at most `bytes_max` bytes of a varint from the front of `in`; on ok, `value` holds it and
// `used` its length. too_long when the last allowed byte still has its continuation bit.
inline VarintResult read_varint(ByteView in, size_t bytes_max, uint64_t& value, size_t& used) {
  value = 0;
  for (size_t i = 0; i < bytes_max; ++i) {
    if (i == in.size()) return VarintResult::incomplete;
    value |= static_cast<uint64_t>(in[i] & 0x7f) << (7 * i);
    if ((in[i] & 0x80) == 0) {
      used = i + 1;
      return VarintResult::ok;
    }
  }
  return VarintResult::too_long;
}

}  // namespace tocsin
