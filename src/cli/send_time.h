// When to send, as people type it: RFC 3339 ("2026-11-22T18:00:00+01:00"), or a duration from now
// ("10m", cli/duration.h).
//
// Thread: pure function.
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

}  // namespace tocsin::cli
