// Spark: a row of numbers as one line of bars.
//
// Thread: pure function.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tocsin::cli {

// One character per number, a full bar for the largest; when there are more numbers than `width`,
// neighbours are added up.
std::string spark(const std::vector<uint64_t>& numbers, size_t width);

}  // namespace tocsin::cli
