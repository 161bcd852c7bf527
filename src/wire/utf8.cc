#include "wire/utf8.h"

namespace tocsin::wire {
namespace {

// What may follow a lead byte: how many continuation bytes, and the range of the first of them,
// which is where overlong forms, surrogates and code points that are too large are told apart (RFC
// 3629 section 4).
struct Lead {
  uint8_t continuations;  // 0: not a lead byte
  uint8_t first_min;
  uint8_t first_max;
};

Lead lead_of(uint8_t byte) {
  if (byte < 0xc2) return {0, 0, 0};
  if (byte < 0xe0) return {1, 0x80, 0xbf};
  if (byte == 0xe0) return {2, 0xa0, 0xbf};
  if (byte == 0xed) return {2, 0x80, 0x9f};
  if (byte < 0xf0) return {2, 0x80, 0xbf};
  if (byte == 0xf0) return {3, 0x90, 0xbf};
  if (byte < 0xf4) return {3, 0x80, 0xbf};
  if (byte == 0xf4) return {3, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

bool is_utf8(ByteView bytes) {
  size_t i = 0;
  while (i < bytes.size()) {
    const uint8_t byte = bytes[i++];
    if (byte < 0x80) continue;
    const Lead lead = lead_of(byte);
    if (lead.continuations == 0 || bytes.size() - i < lead.continuations) return false;
    if (bytes[i] < lead.first_min || bytes[i] > lead.first_max) return false;
    for (size_t k = 1; k < lead.continuations; ++k) {
      if ((bytes[i + k] & 0xc0) != 0x80) return false;
    }
    i += lead.continuations;
  }
  return true;
}

}  // namespace tocsin::wire
