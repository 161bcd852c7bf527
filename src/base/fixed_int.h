// Integers of fixed width in files and keys: little endian in the log's files, big endian in keys,
// where byte order must be number order.
//
// Thread: pure functions.
// Bound: sizeof the type.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"

namespace tocsin {

template <std::unsigned_integral T>
void put_le(T value, std::string& out) {
  for (size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

template <std::unsigned_integral T>
void put_be(T value, std::string& out) {
  for (size_t i = sizeof(T); i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i)));
}

// The first sizeof(T) bytes of `in`. Requires that many.
template <std::unsigned_integral T>
T get_le(std::string_view in) {
  TOCSIN_CHECK(in.size() >= sizeof(T));
  uint64_t value = 0;
  for (size_t i = sizeof(T); i-- > 0;) value = value << 8 | static_cast<uint8_t>(in[i]);
  return static_cast<T>(value);
}

template <std::unsigned_integral T>
T get_be(std::string_view in) {
  TOCSIN_CHECK(in.size() >= sizeof(T));
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<uint8_t>(in[i]);
  return static_cast<T>(value);
}

}  // namespace tocsin
