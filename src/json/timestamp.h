// Times in the API, which protobuf's JSON shows as RFC 3339.
//
// Thread: pure functions.
#pragma once

#include <cstdint>

namespace google::protobuf {
class Timestamp;
}

namespace tocsin::json {

// `wall_ms` is milliseconds since 1970 UTC.
void set_time(google::protobuf::Timestamp& to, uint64_t wall_ms);
// The other way; 0 for times before 1970; the end of the year 9999 for times after it.
uint64_t ms_of(const google::protobuf::Timestamp& time);

}  // namespace tocsin::json
