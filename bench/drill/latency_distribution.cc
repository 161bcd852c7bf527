#include "drill/latency_distribution.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace tocsin::drill {

LatencyDistribution::LatencyDistribution(std::vector<uint64_t> waits_ns)
    : sorted_ns_(std::move(waits_ns)) {
  std::sort(sorted_ns_.begin(), sorted_ns_.end());
}

double LatencyDistribution::percentile_ms(double percent) const {
  TOCSIN_CHECK(percent > 0 && percent <= 100);
  if (sorted_ns_.empty()) return 0;
  // The small term keeps 99.9 % of 1000 at rank 999: the product is 999.0000000000001.
  const double rank = std::ceil(percent / 100 * static_cast<double>(sorted_ns_.size()) - 1e-6);
  const size_t index = rank < 1 ? 0 : static_cast<size_t>(rank) - 1;
  return static_cast<double>(sorted_ns_[std::min(index, sorted_ns_.size() - 1)]) / 1e6;
}

}  // namespace tocsin::drill
