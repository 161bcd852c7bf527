// Targets: the numbers a bench must keep, from bench/targets.toml.
//
// A section is a table of numbers; a key is a measure's name (bench/README.md) with _max or _min
// after it. A target whose measure is absent is missed: one that was misspelt and silently skipped
// would be a promise nobody checks.
//
// Thread: pure functions.  Bound: targets_bytes_max.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "harness/json.h"

namespace tocsin::bench {

inline constexpr size_t targets_bytes_max = 64 * 1024;

// key -> number, of one section.
using TargetSection = std::map<std::string, double>;
using Targets = std::map<std::string, TargetSection>;

// INVALID_ARGUMENT names the line and what is wrong with it.
absl::StatusOr<Targets> parse_targets(std::string_view text);

// NOT_FOUND or INVALID_ARGUMENT name the file and what to do.
absl::StatusOr<TargetSection> load_target_section(const std::string& path,
                                                  const std::string& section);

// One line for each target that was missed or not measured; empty when all are kept. `measures` is
// an object of numbers.
std::vector<std::string> missed_targets(const TargetSection& section, const Json& measures);

}  // namespace tocsin::bench
