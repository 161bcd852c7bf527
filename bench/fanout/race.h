// Race: two ways of sending side by side, on the same connections, in turns of milliseconds.
//
// Machines are noisy over seconds, so the ways do not take whole rounds one after the other: in
// each round the connections are cut into blocks, and of each two blocks chance gives one to either
// way. Both so meet every noise, and every connection gets one record a round. A round gives each
// way one figure: time per delivery over its blocks; the ratio is of figures of the same round.
// Two ways only, because a third would leave its traces in the caches that both share.
//
// Thread: run() keeps the calling thread on one CPU.  Bound: rounds_max.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "fanout/connected_fleet.h"
#include "fanout/sending_way.h"
#include "harness/series.h"

namespace tocsin::fanout {

inline constexpr uint32_t rounds_max = 10'000;
// Connections sent to in a row by one way: a multiple of the gateway's batch.
inline constexpr uint32_t block = 512;
inline constexpr uint32_t devices_min = 2 * block;
inline constexpr uint32_t warm_up_rounds = 3;

struct RaceResult {
  std::string way;
  std::string beside;
  harness::Series way_us;  // per delivery
  harness::Series beside_us;
  harness::Series ratio;
};

// UNAVAILABLE when the reader ended or a socket did not take a record.
absl::StatusOr<RaceResult> run_race(ConnectedFleet& fleet, SendingWay& way, SendingWay& beside,
                                    uint32_t record_bytes, uint32_t rounds, uint32_t cpu);

}  // namespace tocsin::fanout
