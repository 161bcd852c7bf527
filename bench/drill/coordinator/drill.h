// Drill: connect a fleet, alert it, and find out the truth.
//
//   plan -> servers -> workers -> memory before -> connect all -> memory after -> rounds -> report
//
// Thread: the main thread.  Bound: every step has a deadline from the options.
#pragma once

#include <absl/status/statusor.h>

#include "drill/options.h"
#include "drill/report.h"
#include "harness/stop_signal.h"

namespace tocsin::drill {

// An error means that there is nothing to report: the machine does not allow it
// (RESOURCE_EXHAUSTED), the server or a worker ended, or a signal came (CANCELLED). Whatever was
// started has ended and the server's directory is gone when this returns.
absl::StatusOr<Report> run_drill(const Options& options, const harness::StopSignal& stop);

}  // namespace tocsin::drill
