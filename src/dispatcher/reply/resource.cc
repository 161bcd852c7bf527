#include "dispatcher/reply/resource.h"

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

}  // namespace tocsin::dispatcher
