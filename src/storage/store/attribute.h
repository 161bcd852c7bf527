// Attribute: the single-valued facts known about a device; for every value there is a set of
// devices.
//
// Thread: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::storage {

// The numbers are on disk.
enum class Attribute : uint8_t {
  platform = 1,
  app_version = 2,
  sdk_version = 3,
  language = 4,
  time_zone = 5,
  alias = 6,   // the app's own name for the user; several devices may share it
  region = 7,  // a coarse cell, never a position
};

inline constexpr std::array<Attribute, 7> attributes = {
    Attribute::platform,  Attribute::app_version, Attribute::sdk_version, Attribute::language,
    Attribute::time_zone, Attribute::alias,       Attribute::region};

}  // namespace tocsin::storage
