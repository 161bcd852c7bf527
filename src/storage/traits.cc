#include "storage/traits.h"

#include <algorithm>

#include "base/limits.h"

namespace tocsin::storage {
namespace {

// Devices say it, and it becomes the name of a file below the system's database.
bool is_zone_name(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '+' || c == '-';
  };
  return !name.empty() && name.front() != '/' && std::all_of(name.begin(), name.end(), is_good);
}

}  // namespace

TraitNames::TraitNames() : zones_{absl::UTCTimeZone()} {}

uint16_t TraitNames::zone_of(std::string_view name) {
  if (const auto known = zone_numbers_.find(name); known != zone_numbers_.end()) {
    return known->second;
  }
  // To look costs a file; whoever makes up names stops costing it.
  if (!is_zone_name(name) || unknown_zones_.contains(name) ||
      unknown_zones_.size() >= limits::unknown_time_zones_max) {
    return 0;
  }
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(std::string(name), &zone)) {
    unknown_zones_.emplace(name);
    return 0;
  }
  const uint16_t number = zones();
  zones_.push_back(zone);
  zone_numbers_.emplace(name, number);
  return number;
}

uint8_t TraitNames::platform_of(std::string_view name) {
  if (name.empty()) return 0;
  if (const auto known = platform_numbers_.find(name); known != platform_numbers_.end()) {
    return known->second;
  }
  if (platform_numbers_.size() >= UINT8_MAX) return 0;
  const auto number = static_cast<uint8_t>(platform_numbers_.size() + 1);
  platform_numbers_.emplace(name, number);
  return number;
}

uint64_t TraitNames::local_minutes(uint16_t zone, uint64_t now_ms) const {
  const absl::Time now = absl::FromUnixMillis(static_cast<int64_t>(now_ms));
  const int64_t offset_s = zones_[zone].At(now).offset;
  return static_cast<uint64_t>((static_cast<int64_t>(now_ms / 1000) + offset_s) / 60);
}

}  // namespace tocsin::storage
