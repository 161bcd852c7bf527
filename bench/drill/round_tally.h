// RoundTally: what the book says about one alert once it is over.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "drill/arrival_book.h"

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

}  // namespace tocsin::drill
