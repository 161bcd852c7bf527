// Times and durations as the API writes them: "2027-01-01T00:00:00Z", "3600s".
//
// protobuf's own reader takes "2027-1-1T0:0:0Z" for a time and "--1s" for a duration, and ends the
// process over a time whose offset leads out of the years that it knows.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

namespace tocsin::json {

// A time of RFC 3339 in the years 1 to 9999, with at most nine digits after the seconds' point, 'T' and
// 'Z' in upper case; nullopt for any other text, leap seconds among them.
std::optional<google::protobuf::Timestamp> parse_time(std::string_view text);

// Seconds with an s, up to 10,000 years, with at most nine digits after the point: "-0.5s".
std::optional<google::protobuf::Duration> parse_duration(std::string_view text);

}  // namespace tocsin::json
