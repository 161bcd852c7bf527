// DetailRow: the values of the column family `details`: each says when its message expires, so that
// it can go when the message's report goes.
//
//   label, group  :=  expires at (ms, u64, little endian)
//   latency       :=  LatencyRow
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fixed_int.h"
#include "storage/store/keys.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

inline std::string label_row(uint64_t expires_at_ms) {
  std::string bytes;
  put_le(expires_at_ms, bytes);
  return bytes;
}

// nullopt: the value is not one for this key.
inline std::optional<uint64_t> expiry_of_detail(const DetailKey& key, std::string_view value) {
  if (key.kind == Detail::latency) {
    internal::LatencyRow row;
    if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) return std::nullopt;
    return row.expires_at_ms();
  }
  if (value.size() != 8) return std::nullopt;
  return get_le<uint64_t>(value);
}

}  // namespace tocsin::storage
