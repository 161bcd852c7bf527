// KillPlan: how each life of the server ends.
//
// Thread: pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::crash {

// Every name given to pass_fault_point(), see base/fault_point.h.
inline constexpr std::array<std::string_view, 6> fault_points = {
    "log.before_write",        "log.before_sync",         "log.after_sync",
    "dispatcher.after_commit", "dispatcher.after_accept", "gateway.before_fan_out",
};

struct KillPlan {
  enum class Kind : uint8_t {
    fault,     // at the passage-th time through a fault point
    any_time,  // under load, after so many ops and milliseconds
    starting,  // so many milliseconds after it was started, while it recovers
    long_life  // as any_time, after the store has been flushed for its age
  };
  Kind kind = Kind::any_time;
  std::string_view point = {};
  uint32_t passage = 0;
  uint32_t after_ops = 0;
  uint32_t delay_ms = 0;
  bool devices_first = false;  // load begins when most devices are back

  // What the server is told in TOCSIN_FAULT.
  std::string fault() const;
  // The row of the summary it belongs to.
  std::string name() const;
};

// Kill number `number` of a seed.
KillPlan plan_kill(uint64_t seed, uint64_t number);

}  // namespace tocsin::crash
