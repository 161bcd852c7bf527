// Times as people type them: RFC 3339 ("2026-11-22T18:00:00+01:00"), or a duration ("10m",
// cli/duration.h), which counts from now for a time to send, and back from now for a past time.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <google/protobuf/timestamp.pb.h>

namespace tocsin::cli {

// A duration counts from `now_ms` (since 1970), rounded up to a whole second; nullopt for any other
// text.
std::optional<google::protobuf::Timestamp> parse_send_time(const std::string& text,
                                                           uint64_t now_ms);

// The same, with a duration counted back from `now_ms`, but not to before 1970.
std::optional<google::protobuf::Timestamp> parse_past_time(const std::string& text,
                                                           uint64_t now_ms);

}  // namespace tocsin::cli
