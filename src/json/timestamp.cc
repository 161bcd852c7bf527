#include "json/timestamp.h"

#include <algorithm>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

namespace tocsin::json {
namespace {

constexpr int64_t last_s = 253'402'300'799;  // of the year 9999, protobuf's own last
constexpr uint64_t last_ms = static_cast<uint64_t>(last_s) * 1000 + 999;

}  // namespace

void set_time(google::protobuf::Timestamp& to, uint64_t wall_ms) {
  const uint64_t ms = std::min(wall_ms, last_ms);
  to.set_seconds(static_cast<int64_t>(ms / 1000));
  to.set_nanos(static_cast<int32_t>(ms % 1000 * 1'000'000));
}

uint64_t ms_of(const google::protobuf::Timestamp& time) {
  if (time.seconds() < 0) return 0;
  return static_cast<uint64_t>(std::min(time.seconds(), last_s)) * 1000 +
         static_cast<uint64_t>(std::clamp(time.nanos() / 1'000'000, 0, 999));
}

std::optional<uint64_t> ms_of(const google::protobuf::Duration& duration) {
  if (duration.seconds() < 0 || duration.nanos() < 0 || duration.seconds() > INT32_MAX) {
    return std::nullopt;
  }
  return static_cast<uint64_t>(duration.seconds()) * 1000 +
         static_cast<uint64_t>(duration.nanos()) / 1'000'000;
}

}  // namespace tocsin::json
