// The whole comparison: every server visited once per pass, one at a time.
//
// Passes alternate their direction, so that over two of them each server has the same place on
// average: a machine that warms up or grows busy favours none.
//
// Thread: the main thread.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "compare/comparison.h"
#include "compare/options.h"
#include "drill/stop_signal.h"

namespace tocsin::compare {

// A server that cannot be measured is absent with its reason and does not stop the others.
// CANCELLED when a signal came; RESOURCE_EXHAUSTED when so many clients are not possible here.
absl::StatusOr<Comparison> run_comparison(const Options& options, const std::string& command_line,
                                          const drill::StopSignal& stop);

}  // namespace tocsin::compare
