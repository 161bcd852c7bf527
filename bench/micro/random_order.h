// 0 .. count-1 in an order no prefetcher guesses, the same in every run.
//
// Thread: a pure function.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "base/prng.h"

namespace tocsin::bench::micro {

inline std::vector<uint32_t> random_order(uint32_t count) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  Prng prng(1);
  for (uint32_t i = count; i > 1; --i) std::swap(order[i - 1], order[prng.below(i)]);
  return order;
}

}  // namespace tocsin::bench::micro
