// Times as people type them: "30s", "1h30m", "2d", "0s".
//
// Thread: pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin::cli {

// Seconds. Units d, h, m, s, each a whole number, larger first or not; nullopt for anything else,
// also for more than 10,000 days.
std::optional<uint64_t> parse_duration_s(std::string_view text);

}  // namespace tocsin::cli
