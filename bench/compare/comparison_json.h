// The comparison as JSON. The keys are documented in bench/README.md.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <vector>

#include "compare/comparison.h"

namespace tocsin::compare {

// `missed`: a line per missed target.
std::string comparison_json(const Comparison& comparison, const std::vector<std::string>& missed);

}  // namespace tocsin::compare
