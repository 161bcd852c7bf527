// LatencyBuckets: how times from accepted to acknowledged are counted.
//
//   bucket      0   1    2   3    4  ...  40            41
//   up to, ms   1   1.4  2   2.8  4  ...  1 048 576     (whatever took longer)
//
// Two buckets for each doubling: a percentile read from them is at most 41 % too high, whether of
// one millisecond or of ten minutes, and the counts of a message take a few dozen bytes.
//
// Thread: pure functions.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "base/limits.h"

namespace tocsin::storage {

inline constexpr uint64_t latency_ms_max = uint64_t{1} << (limits::latency_buckets - 2) / 2;

// The least i with latency <= 2^(i/2), that is, with latency squared <= 2^i.
constexpr size_t latency_bucket_of(uint64_t latency_ms) {
  if (latency_ms > latency_ms_max) return limits::latency_buckets - 1;
  return latency_ms == 0 ? 0 : static_cast<size_t>(std::bit_width(latency_ms * latency_ms - 1));
}

// The longest time that is counted in a bucket; infinite for the last.
inline double latency_bound_ms(size_t bucket) {
  if (bucket + 1 >= limits::latency_buckets) return INFINITY;
  return std::exp2(static_cast<double>(bucket) / 2);
}

}  // namespace tocsin::storage
