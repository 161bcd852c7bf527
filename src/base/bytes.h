// The three shapes bytes come in: a view, a writable view, an owned buffer.
//
// Thread: values.
// Bound: none here; the caller that fills a buffer checks base/limits.h.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

using ByteView = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;
using Bytes = std::vector<uint8_t>;

// The bytes of `text`, not copied: the view dies with it.
inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// `bytes` as text, not copied and not validated.
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append(Bytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

// Compare secrets: the time depends on the length alone, never on the content.
inline bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference = difference | (a[i] ^ b[i]);
  return difference == 0;
}

// Overwrite a secret in a way the compiler may not remove.
inline void cleanse(MutableBytes secret) {
  volatile uint8_t* p = secret.data();
  for (size_t i = 0; i < secret.size(); ++i) p[i] = 0;
}

}  // namespace tocsin
