// What tocsin-bench-storm found: as measures for targets, as JSON, as text.
//
// Thread: pure functions.
#pragma once

#include <optional>

#include "harness/bench.h"
#include "storm/connect_storm.h"
#include "storm/handshake_race.h"

namespace tocsin::storm {

// Absent parts were not run.
struct Report {
  std::optional<HandshakeRace> race;
  std::optional<StormResult> storm;
};

harness::Findings findings_of(const Report& report);

}  // namespace tocsin::storm
