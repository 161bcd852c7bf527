#include "dispatcher/report/latency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tocsin::dispatcher {
namespace {

double bound_ms(int bucket) { return std::exp2(static_cast<double>(bucket) / 2); }

// The bound of the bucket that contains the delivery of this rank.
double latency_ms(const Latencies& buckets, uint64_t rank) {
  uint64_t seen = 0;
  int bucket = 0;
  for (; bucket < buckets.size(); ++bucket) {
    seen += buckets[bucket];
    if (seen >= rank) break;
  }
  return bound_ms(bucket);
}

void set_duration(double ms, google::protobuf::Duration& to) {
  const auto whole_ms = static_cast<int64_t>(std::ceil(ms));
  to.set_seconds(whole_ms / 1000);
  to.set_nanos(static_cast<int32_t>(whole_ms % 1000 * 1'000'000));
}

void add_curve(const Latencies& buckets, v1::MessageReport::Latency& latency) {
  uint64_t so_far = 0;
  for (int bucket = 0; bucket < buckets.size(); ++bucket) {
    if (buckets[bucket] == 0) continue;
    so_far += buckets[bucket];
    v1::MessageReport::Latency::Point& point = *latency.add_curve();
    set_duration(bound_ms(bucket), *point.mutable_within());
    point.set_deliveries(so_far);
  }
}

uint64_t sum_of(const Latencies& deliveries) {
  return std::accumulate(deliveries.begin(), deliveries.end(), uint64_t{0});
}

}  // namespace

bool has_deliveries(const Latencies& deliveries) { return sum_of(deliveries) > 0; }

v1::MessageReport::Latency latency_of(const Latencies& deliveries) {
  const uint64_t all = sum_of(deliveries);
  const auto at = [&](double share) {
    const auto rank = static_cast<uint64_t>(std::ceil(static_cast<double>(all) * share));
    return latency_ms(deliveries, std::max<uint64_t>(1, rank));
  };
  v1::MessageReport::Latency latency;
  latency.set_deliveries(all);
  set_duration(at(0.50), *latency.mutable_p50());
  set_duration(at(0.95), *latency.mutable_p95());
  set_duration(at(0.99), *latency.mutable_p99());
  set_duration(at(1.00), *latency.mutable_p100());
  add_curve(deliveries, latency);
  return latency;
}

}  // namespace tocsin::dispatcher
