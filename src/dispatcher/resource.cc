#include "dispatcher/resource.h"

#include <fmt/format.h>

#include <google/protobuf/timestamp.pb.h>

namespace tocsin::dispatcher {

std::string app_resource(const std::string& app) { return fmt::format("apps/{}", app); }

std::string message_resource(const std::string& app, MessageId message) {
  return fmt::format("apps/{}/messages/{}", app, message.text());
}

void set_time(google::protobuf::Timestamp& to, uint64_t wall_ms) {
  to.set_seconds(static_cast<int64_t>(wall_ms / 1000));
  to.set_nanos(static_cast<int32_t>(wall_ms % 1000 * 1'000'000));
}

}  // namespace tocsin::dispatcher
