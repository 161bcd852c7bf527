// Report: the sieges of a run as a table, as JSON, and as measures for targets.
//
// Thread: pure functions.
#pragma once

#include <vector>

#include "harness/bench.h"
#include "siege/defence/siege.h"

namespace tocsin::bench::siege {

// What there is to choose from.
Findings list_of_attacks();

// `sieges`: the first one is without an attack, and what the others' alerts are compared with.
Findings findings_of(const Options& options, const std::vector<SiegeResult>& sieges);

// One line about one of them, for while others still go on.
std::string line_of(const SiegeResult& siege);

}  // namespace tocsin::bench::siege
