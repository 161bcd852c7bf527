#include "dispatcher/resource.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>

#include <google/protobuf/timestamp.pb.h>

namespace tocsin::dispatcher {

std::string app_resource(const std::string& app) { return fmt::format("apps/{}", app); }

std::string message_resource(const std::string& app, MessageId message) {
  return fmt::format("apps/{}/messages/{}", app, message.text());
}

std::string device_resource(const std::string& app, const DeviceId& device) {
  return fmt::format("apps/{}/devices/{}", app, device.text());
}

std::string date_of_day(uint32_t day) {
  const auto since_epoch = static_cast<time_t>(day) * 24 * 3600;
  std::tm utc{};
  gmtime_r(&since_epoch, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

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

}  // namespace tocsin::dispatcher
