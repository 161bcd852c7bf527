// Figures: what was measured several times, and how tables show it to people.
//
// Thread: values and pure functions.  Bound: 8 bytes per value of a Series.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace tocsin::bench {

// One figure over the rounds, devices or calls that it was measured of.
//
// Keeps every value. Percentiles are nearest-rank: p99 is a wait that some device really had, and
// p100 is the last device, which is what an alert is judged by.
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

// 12345678 -> "12,345,678".
std::string with_commas(uint64_t value);

// "1 worker", "2 workers".
std::string counted(uint64_t count, std::string_view noun);

// "12.3 (11.0-14.2)": median, smallest and largest, with `digits` after the point.
std::string range_text(const Series& series, int digits);
// A line of a table: what it is, that text, and what else there is to say.
std::string range_line(std::string_view what, const Series& series, int digits,
                       std::string_view rest = {});

double mebibytes(uint64_t bytes);
inline double megabytes(uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

// Between two times of a clock in nanoseconds, and from one of monotonic_ns() until now.
inline double ms_between(uint64_t start_ns, uint64_t end_ns) {
  return static_cast<double>(end_ns - start_ns) / 1e6;
}
inline double ms_since(uint64_t start_ns) { return ms_between(start_ns, monotonic_ns()); }
inline double seconds_since(uint64_t start_ns) { return ms_since(start_ns) / 1e3; }

// Rows of cells, the first being the head.
using Rows = std::vector<std::vector<std::string>>;
// Columns as wide as their widest cell, and two blanks; each line begins with `indent`.
std::string columns(const Rows& rows, std::string_view indent = "  ");
std::string markdown_table(const Rows& rows);

}  // namespace tocsin::bench
