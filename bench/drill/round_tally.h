// RoundTally: what the book says about one alert once it is over.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "drill/arrival_book.h"
#include "drill/fleet_plan.h"
#include "drill/latency_distribution.h"
#include "drill/report.h"

namespace tocsin::drill {

struct RoundTally {
  uint64_t expected = 0;   // devices that are not stuck
  uint64_t delivered = 0;  // of those, handed to the app in time
  uint64_t app_duplicates = 0;
  uint64_t wire_duplicates = 0;
  std::vector<uint64_t> waits_ns;  // of the delivered, API call to arrival
};

// `start_ns` is the API call's time, CLOCK_MONOTONIC; what arrived more than `timeout_ns` later was
// missed.
RoundTally tally_round(const ArrivalBook& book, uint32_t round, uint64_t start_ns,
                       uint64_t timeout_ns, uint32_t stuck_percent);

// The last delivery of each share, milliseconds; shares to which nothing came in time are left out.
std::vector<double> last_deliveries_ms(const ArrivalBook& book, uint32_t round, uint64_t start_ns,
                                       uint64_t timeout_ns, const std::vector<Share>& shares);

// About `points` points of the cumulative curve, evenly spaced in devices and with more at the
// slow end; the last one is the last device. `expected`: how many are the whole.
std::vector<CurvePoint> curve_of(const LatencyDistribution& waits, uint64_t expected,
                                 size_t points);

}  // namespace tocsin::drill
