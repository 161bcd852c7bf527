#include "json/timestamp.h"

#include <algorithm>

#include <google/protobuf/timestamp.pb.h>

namespace tocsin::json {

void set_time(google::protobuf::Timestamp& to, uint64_t wall_ms) {
  to.set_seconds(static_cast<int64_t>(wall_ms / 1000));
  to.set_nanos(static_cast<int32_t>(wall_ms % 1000 * 1'000'000));
}

uint64_t ms_of(const google::protobuf::Timestamp& time) {
  constexpr int64_t year_9999_s = 253'402'300'799;  // protobuf's own last second
  if (time.seconds() < 0) return 0;
  return static_cast<uint64_t>(std::min(time.seconds(), year_9999_s)) * 1000 +
         static_cast<uint64_t>(std::clamp(time.nanos() / 1'000'000, 0, 999));
}

}  // namespace tocsin::json
