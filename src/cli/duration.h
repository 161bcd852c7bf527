// Durations as people type them ("30s", "1h30m", "2d", "0s"), and as they read them.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::cli {

// The seconds. Units d, h, m, s, each with a whole number, in any order; nullopt for anything else,
// and for more than 10,000 days.
std::optional<uint64_t> parse_duration_s(std::string_view text);

// "12 ms", "1.4 s".
std::string duration_text(uint64_t ms);

}  // namespace tocsin::cli
