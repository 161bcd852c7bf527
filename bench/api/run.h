// Run: the parts of tocsin-bench-api that were asked for, one after the other.
//
//   idle   a server; REST and gRPC connections to it, held together; nginx's
//   sends  a server with devices; rounds of sends, nginx in turn with them
//   list   for each transport a server with devices, some of them connected; one list
//
// Thread: the main thread.
#pragma once

#include <absl/status/statusor.h>

#include "api/options.h"
#include "api/report.h"
#include "drill/stop_signal.h"

namespace tocsin::api {

// RESOURCE_EXHAUSTED when this process may not open enough files; else the error of the part that
// could not be run. That nginx is not there is none: the report says so.
absl::StatusOr<Report> run(const Options& options, const drill::StopSignal& stop);

}  // namespace tocsin::api
