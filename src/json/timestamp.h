// Times in the API, which protobuf's JSON shows as RFC 3339.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>

namespace google::protobuf {
class Duration;
class Timestamp;
}  // namespace google::protobuf

namespace tocsin::json {

// `wall_ms` is milliseconds since 1970 UTC; what is after the year 9999 becomes its end, because
// protobuf has no text for it.
void set_time(google::protobuf::Timestamp& to, uint64_t wall_ms);
// The other way; 0 for times before 1970; the end of the year 9999 for times after it.
uint64_t ms_of(const google::protobuf::Timestamp& time);
// nullopt for a negative duration, or one of more than 68 years.
std::optional<uint64_t> ms_of(const google::protobuf::Duration& duration);

}  // namespace tocsin::json
