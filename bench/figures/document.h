// What the JSON documents of all benches say in the same way. The keys are in bench/README.md.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "figures/json_writer.h"
#include "figures/spread.h"
#include "figures/targets.h"

namespace tocsin::figures {

// An object: median, min, max.
void put_spread(JsonWriter& json, std::string_view key, const Spread& spread);

// The object "measures".
void put_measures(JsonWriter& json, const Measures& measures);

// The array "missed_targets", of the lines of missed_targets().
void put_missed_targets(JsonWriter& json, const std::vector<std::string>& missed);

}  // namespace tocsin::figures
