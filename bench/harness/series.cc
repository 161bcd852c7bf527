#include "harness/series.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace tocsin::harness {

Series::Series(std::vector<double> values) : sorted_(std::move(values)) {
  std::sort(sorted_.begin(), sorted_.end());
}

void Series::add(double value) {
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), value), value);
}

double Series::median() const {
  if (empty()) return 0;
  const size_t middle = size() / 2;
  return size() % 2 == 1 ? sorted_[middle] : (sorted_[middle - 1] + sorted_[middle]) / 2;
}

double Series::percentile(double percent) const {
  TOCSIN_CHECK(percent > 0 && percent <= 100);
  if (empty()) return 0;
  // The small term keeps 99.9 % of 1000 at rank 999: the product is 999.0000000000001.
  const double rank = std::ceil(percent / 100 * static_cast<double>(size()) - 1e-6);
  const size_t index = rank < 1 ? 0 : static_cast<size_t>(rank) - 1;
  return sorted_[std::min(index, size() - 1)];
}

std::optional<double> Series::measure() const {
  if (empty()) return std::nullopt;
  return median();
}

Series milliseconds(const std::vector<uint64_t>& waits_ns) {
  std::vector<double> ms;
  ms.reserve(waits_ns.size());
  for (const uint64_t ns : waits_ns) ms.push_back(static_cast<double>(ns) / 1e6);
  return Series(std::move(ms));
}

}  // namespace tocsin::harness
