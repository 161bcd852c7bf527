// InboxRow: the value of a row of the column family `inbox`. Small on purpose: the message itself
// is stored once, in `casts`, however many devices it was sent to.
//
//   value  :=  expires at (ms, u64)  app (u32)        little endian
//
// Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fixed_int.h"
#include "base/ids.h"

namespace tocsin::storage {

struct InboxRow {
  uint64_t expires_at_ms = 0;
  AppId app;

  std::string serialize() const {
    std::string bytes;
    put_le(expires_at_ms, bytes);
    put_le(app.value, bytes);
    return bytes;
  }

  static std::optional<InboxRow> parse(std::string_view bytes) {
    if (bytes.size() != 12) return std::nullopt;
    return InboxRow{get_le<uint64_t>(bytes), AppId{get_le<uint32_t>(bytes.substr(8))}};
  }
};

}  // namespace tocsin::storage
