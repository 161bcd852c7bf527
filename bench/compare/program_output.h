// What a short program prints, such as its version.
//
// Thread: any.  Bound: answer_ms_max; the program is ended then.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

namespace tocsin::compare {

inline constexpr int answer_ms_max = 10'000;

// The lines of its standard output and error, joined by `separator`. An error when it cannot be
// run or its exit code is not 0.
absl::StatusOr<std::string> output_of(const std::vector<std::string>& command,
                                      const std::string& separator);

}  // namespace tocsin::compare
