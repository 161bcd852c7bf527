// Spread: one figure over the rounds that measured it.
//
// Thread: a value.
#pragma once

#include <vector>

namespace tocsin::figures {

// Median, smallest and largest of a few rounds' results.
struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};

// All zero when `values` is empty. The median of an even number is the mean of the middle two.
Spread spread_of(std::vector<double> values);

}  // namespace tocsin::figures
