// Fleet: the registered devices of the bench, each a function of its number, and the records of
// their app and its messages. Nothing about a device has to be kept, and how many an audience must
// come to can be told without asking the store.
//
// Tag `a` has 30 % of the devices, `b` 50 %, `c` 10 %, independently; the others are spread evenly,
// two for each device.
//
// Thread: any; const.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"

namespace tocsin::bench::storage_bench {

inline constexpr AppId bench_app{1};

class Fleet {
 public:
  // a, b, c, and two others.
  static constexpr uint32_t tags_min = 5;

  // Requires tags >= tags_min.
  Fleet(uint64_t devices, uint32_t tags) : devices_(devices), tags_(tags) {}

  uint64_t devices() const { return devices_; }
  uint32_t tags() const { return tags_; }

  // As random as real ones.
  DeviceId id_of(uint64_t number) const;
  // The log record that registers the device.
  std::string registration(uint64_t number, uint64_t now_ms) const;

  // An audience expression, and how many devices it means.
  static constexpr char audience[] = "(tag:a and tag:b) or not tag:c";
  uint64_t audience_size() const;

 private:
  uint64_t devices_;
  uint32_t tags_;
};

// Log records of the app and of messages, serialized, as the log takes them.
std::string app_created(uint64_t now_ms);

struct MessageText {
  MessageId id;
  uint64_t now_ms = 0;  // accepted, and valid for a day
  uint32_t payload_bytes = 150;
};
std::string cast_to_everyone(const MessageText& message);
std::string send_to_device(const MessageText& message, const DeviceId& device);

}  // namespace tocsin::bench::storage_bench
