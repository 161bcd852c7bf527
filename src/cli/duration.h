// Durations as people type them, "30s", "1h30m", "2d", "0s"; and as they read them.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::cli {

// Seconds. Units d, h, m, s, each a whole number, larger first or not; nullopt for anything else,
// also for more than 10,000 days.
std::optional<uint64_t> parse_duration_s(std::string_view text);

// "12 ms", "1.4 s".
std::string duration_text(uint64_t ms);

}  // namespace tocsin::cli
