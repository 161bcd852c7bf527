// Conditions: what a device says holds for it, so that messages sent on conditions can be
// delivered.
//
// Thread: constants.
#pragma once

#include <cstdint>

namespace tocsin::wire {

// Bits in Hello and Conditions (device.proto), and in log records.
enum class Condition : uint32_t {
  unmetered = 1,  // the network costs nothing by volume
  charging = 2,
};
inline constexpr uint32_t all_conditions = 3;

}  // namespace tocsin::wire
