// Conditions: what a device says holds on it, so that what was sent for them can be delivered.
//
// Thread: constants.
#pragma once

#include <cstdint>

namespace tocsin::wire {

// Bits in Hello and Conditions (device.proto), and in records of the log.
enum class Condition : uint32_t {
  unmetered = 1,  // the network costs nothing by volume
  charging = 2,
};
inline constexpr uint32_t all_conditions = 3;

}  // namespace tocsin::wire
