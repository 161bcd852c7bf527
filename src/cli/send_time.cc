#include "cli/send_time.h"

#include <algorithm>

#include "cli/duration.h"
#include "json/time_text.h"

namespace tocsin::cli {

std::optional<google::protobuf::Timestamp> parse_send_time(const std::string& text,
                                                           uint64_t now_ms) {
  if (const auto ahead_s = parse_duration_s(text)) {
    google::protobuf::Timestamp time;
    time.set_seconds(static_cast<int64_t>((now_ms + 999) / 1000 + *ahead_s));
    return time;
  }
  return json::parse_time(text);
}

std::optional<google::protobuf::Timestamp> parse_past_time(const std::string& text,
                                                           uint64_t now_ms) {
  if (const auto ago_s = parse_duration_s(text)) {
    google::protobuf::Timestamp time;
    time.set_seconds(static_cast<int64_t>(now_ms / 1000 - std::min(*ago_s, now_ms / 1000)));
    return time;
  }
  return json::parse_time(text);
}

}  // namespace tocsin::cli
