#include "cli/send_time.h"

#include <algorithm>

#include <google/protobuf/util/time_util.h>

#include "cli/duration.h"

namespace tocsin::cli {

std::optional<google::protobuf::Timestamp> parse_send_time(const std::string& text,
                                                           uint64_t now_ms) {
  google::protobuf::Timestamp time;
  if (const auto ahead_s = parse_duration_s(text)) {
    time.set_seconds(static_cast<int64_t>((now_ms + 999) / 1000 + *ahead_s));
    return time;
  }
  if (!google::protobuf::util::TimeUtil::FromString(text, &time)) return std::nullopt;
  return time;
}

std::optional<google::protobuf::Timestamp> parse_past_time(const std::string& text,
                                                           uint64_t now_ms) {
  google::protobuf::Timestamp time;
  if (const auto ago_s = parse_duration_s(text)) {
    time.set_seconds(static_cast<int64_t>(now_ms / 1000 - std::min(*ago_s, now_ms / 1000)));
    return time;
  }
  if (!google::protobuf::util::TimeUtil::FromString(text, &time)) return std::nullopt;
  return time;
}

}  // namespace tocsin::cli
