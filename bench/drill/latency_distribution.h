// LatencyDistribution: how long each device waited, and the percentiles of that.
//
// Keeps every value and uses the nearest-rank percentile: p99 is a wait that some device really
// had, and p100 is the last device, which is what an alert is judged by.
//
// Thread: a value.  Bound: 8 bytes per value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tocsin::drill {

class LatencyDistribution {
 public:
  // Waits in nanoseconds, in any order.
  explicit LatencyDistribution(std::vector<uint64_t> waits_ns);

  size_t count() const { return sorted_ns_.size(); }

  // The smallest wait that at least `percent` of all waits do not exceed, milliseconds; 0 when
  // there are none. Requires 0 < percent <= 100.
  double percentile_ms(double percent) const;

 private:
  std::vector<uint64_t> sorted_ns_;
};

}  // namespace tocsin::drill
