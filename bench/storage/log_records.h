// The log records of the bench that are not of a device: the app, and messages.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"

namespace tocsin::storage_bench {

inline constexpr AppId bench_app{1};

std::string bytes_of(const DeviceId& device);

// Serialized, as the log takes them.
std::string app_created(uint64_t now_ms);

struct MessageText {
  MessageId id;
  uint64_t now_ms = 0;  // accepted, and valid for a day
  uint32_t payload_bytes = 150;
};
std::string cast_to_everyone(const MessageText& message);
std::string send_to_device(const MessageText& message, const DeviceId& device);

}  // namespace tocsin::storage_bench
