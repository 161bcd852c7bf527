// The report as JSON; every key is described in bench/README.md.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <vector>

#include "drill/report.h"

namespace tocsin::drill {

// `missed` are the lines of missed_targets(), empty without --check.
std::string report_json(const Report& report, const std::vector<std::string>& missed);

}  // namespace tocsin::drill
