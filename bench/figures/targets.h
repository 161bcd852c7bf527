// Targets: the numbers a drill must keep, from bench/targets.toml.
//
// A tiny strict reader of the part of TOML that file uses: comments, [section], key = number. A key
// is a measure's name (bench/README.md) with _max or _min behind it. Strict, because a target that
// was misspelt and silently skipped would be a promise nobody checks.
//
// Thread: pure functions.  Bound: targets_bytes_max.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace tocsin::figures {

inline constexpr size_t targets_bytes_max = 64 * 1024;

// key -> number, of one section.
using TargetSection = std::map<std::string, double>;
using Targets = std::map<std::string, TargetSection>;

// INVALID_ARGUMENT names the line and what is wrong with it.
absl::StatusOr<Targets> parse_targets(std::string_view text);

// NOT_FOUND or INVALID_ARGUMENT name the file and what to do.
absl::StatusOr<TargetSection> load_target_section(const std::string& path,
                                                  const std::string& section);

// A measure's name -> its value; only those that were measured.
using Measures = std::map<std::string, double>;

// One line for each target that was missed or not measured; empty when all are kept.
// INVALID_ARGUMENT when a key ends neither with _max nor with _min.
absl::StatusOr<std::vector<std::string>> missed_targets(const TargetSection& section,
                                                        const Measures& measures);

}  // namespace tocsin::figures
