#include "storage/tables/traits.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "wire/conditions.h"

namespace tocsin::storage {
namespace {

constexpr size_t platforms_max = (1u << 14) - 1;  // what Traits has room for

// Devices supply it, and it becomes a file name in the system's time zone database.
bool is_zone_name(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '+' || c == '-';
  };
  return !name.empty() && name.front() != '/' && std::all_of(name.begin(), name.end(), is_good);
}

// Checked first, because the library remembers every name it is asked for, for ever, even names of
// no zone.
bool is_file_of_zones(std::string_view name) {
  const char* folder = std::getenv("TZDIR");
  std::error_code error;
  return std::filesystem::is_regular_file(
      std::filesystem::path(folder == nullptr ? "/usr/share/zoneinfo" : folder) / name, error);
}

}  // namespace

TraitNames::TraitNames() : zones_{absl::UTCTimeZone()} {}

uint16_t TraitNames::zone_of(std::string_view name) {
  if (const auto known = zone_numbers_.find(name); known != zone_numbers_.end()) {
    return known->second;
  }
  if (!is_zone_name(name) || !is_file_of_zones(name)) return 0;
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(std::string(name), &zone)) return 0;
  const uint16_t number = zones();
  zones_.push_back(zone);
  zone_numbers_.emplace(name, number);
  return number;
}

uint16_t TraitNames::platform_of(std::string_view name) {
  if (name.empty()) return 0;
  if (const auto known = platform_numbers_.find(name); known != platform_numbers_.end()) {
    return known->second;
  }
  if (platform_numbers_.size() >= platforms_max) return 0;
  const auto number = static_cast<uint16_t>(platform_numbers_.size() + 1);
  platform_numbers_.emplace(name, number);
  return number;
}

Traits TraitNames::traits_of(std::string_view zone, std::string_view platform, uint8_t conditions) {
  Traits traits;
  traits.zone = zone_of(zone);
  traits.platform = platform_of(platform) & platforms_max;
  traits.conditions = conditions & wire::all_conditions;
  return traits;
}

uint64_t TraitNames::local_minutes(uint16_t zone, uint64_t now_ms) const {
  const absl::Time now = absl::FromUnixMillis(static_cast<int64_t>(now_ms));
  const int64_t offset_s = zones_[zone].At(now).offset;
  return static_cast<uint64_t>((static_cast<int64_t>(now_ms / 1000) + offset_s) / 60);
}

}  // namespace tocsin::storage
