// Traits: what decides, beyond its place, when a connected device may be sent a message, and as
// what: its clock, its platform, and the conditions it says it meets. In numbers, because there are
// millions of them.
//
//   TraitNames: name <-> number
//
// Thread: the storage thread.
// Bound: time zones are those of the system's database; 16,383 platforms, further ones count as
// none.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/time/time.h>

namespace tocsin::storage {

struct Traits {
  uint16_t zone = 0;            // 0: UTC, also for a device that names none
  uint16_t platform : 14 = 0;   // 0: none
  uint16_t conditions : 2 = 0;  // wire::Condition bits that hold
};
static_assert(sizeof(Traits) == 4, "multiply by a million sessions");

class TraitNames {
 public:
  TraitNames();

  // Of an IANA name; one that the system does not know counts as UTC.
  uint16_t zone_of(std::string_view name);
  uint16_t platform_of(std::string_view name);

  Traits traits_of(std::string_view zone, std::string_view platform, uint8_t conditions);

  // Minutes since 1970-01-01 00:00 on the clock of the zone.
  uint64_t local_minutes(uint16_t zone, uint64_t now_ms) const;
  // Numbers of zones are below it.
  uint16_t zones() const { return static_cast<uint16_t>(zones_.size()); }

 private:
  std::vector<absl::TimeZone> zones_;
  std::map<std::string, uint16_t, std::less<>> zone_numbers_;
  std::map<std::string, uint16_t, std::less<>> platform_numbers_;
};

}  // namespace tocsin::storage
