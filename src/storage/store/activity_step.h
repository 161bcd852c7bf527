// ActivityStep: the lengths of time by which activity in an app is counted.
//
// Thread: constants.
#pragma once

#include <cstdint>

namespace tocsin::storage {

enum class ActivityStep { minute, hour };

constexpr uint64_t step_ms(ActivityStep step) {
  return step == ActivityStep::minute ? 60'000 : 3'600'000;
}

}  // namespace tocsin::storage
