// Series: one figure over the rounds, devices or calls that it was measured of.
//
// Keeps every value. Percentiles are nearest-rank: p99 is a wait that some device really had, and
// p100 is the last device, which is what an alert is judged by.
//
// Thread: a value.  Bound: 8 bytes per value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <vector>

namespace tocsin::harness {

class Series {
 public:
  Series() = default;
  Series(std::initializer_list<double> values) : Series(std::vector<double>(values)) {}
  explicit Series(std::vector<double> values);

  void add(double value);
  // What was not measured is left out.
  void add(const std::optional<double>& value) {
    if (value.has_value()) add(*value);
  }

  bool empty() const { return sorted_.empty(); }
  size_t size() const { return sorted_.size(); }
  // All 0 when there are no values. The median of an even number is the mean of the middle two.
  double median() const;
  double min() const { return empty() ? 0 : sorted_.front(); }
  double max() const { return empty() ? 0 : sorted_.back(); }
  // The smallest value that at least `percent` of all do not exceed. Requires 0 < percent <= 100.
  double percentile(double percent) const;
  // The median; absent when there are no values.
  std::optional<double> measure() const;

 private:
  std::vector<double> sorted_;
};

// Of each item what `of` gives: a member, or a function.
template <typename Items, typename Of>
Series series_of(const Items& items, Of of) {
  Series series;
  for (const auto& item : items) series.add(std::invoke(of, item));
  return series;
}

// Waits in nanoseconds, as milliseconds.
Series milliseconds(const std::vector<uint64_t>& waits_ns);

}  // namespace tocsin::harness
