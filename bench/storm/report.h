// The answer of tocsin-bench-storm: as measures for targets, as JSON, as text.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "figures/targets.h"
#include "storm/connect_storm.h"
#include "storm/handshake_race.h"

namespace tocsin::storm {

// Absent parts were not run.
struct Report {
  std::optional<HandshakeRace> race;
  std::optional<StormResult> storm;
};

figures::Measures measures_of(const Report& report);
std::string report_json(const Report& report, const std::vector<std::string>& missed);
std::string report_table(const Report& report);

}  // namespace tocsin::storm
