// The report for people: a table with units, and the verdict last.
//
// Thread: pure functions.
#pragma once

#include <string>

#include "drill/report.h"

namespace tocsin::drill {

std::string report_table(const Report& report);

// 12345678 -> "12,345,678".
std::string with_commas(uint64_t value);

}  // namespace tocsin::drill
