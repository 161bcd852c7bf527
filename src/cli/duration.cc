#include "cli/duration.h"

#include <fmt/format.h>

namespace tocsin::cli {
namespace {

constexpr uint64_t day_s = 24 * 3600;
constexpr uint64_t total_s_max = 10'000 * day_s;

uint64_t seconds_of(char unit) {
  return unit == 'd' ? day_s : unit == 'h' ? 3600 : unit == 'm' ? 60 : unit == 's' ? 1 : 0;
}

}  // namespace

std::optional<uint64_t> parse_duration_s(std::string_view text) {
  uint64_t total_s = 0;
  uint64_t number = 0;
  bool has_digit = false;
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<uint64_t>(c - '0');
      has_digit = true;
      if (number > total_s_max) return std::nullopt;
      continue;
    }
    const uint64_t unit_s = seconds_of(c);
    if (unit_s == 0 || !has_digit || number > total_s_max / unit_s) return std::nullopt;
    total_s += number * unit_s;
    number = 0;
    has_digit = false;
  }
  if (has_digit || total_s > total_s_max) return std::nullopt;
  return total_s;
}

std::string duration_text(uint64_t ms) {
  if (ms < 1000) return fmt::format("{} ms", ms);
  return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
}

}  // namespace tocsin::cli
