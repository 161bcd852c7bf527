// What the options ask for, done: the parts one after the other, each in a folder of its own.
//
// Thread: the main thread.
#pragma once

#include <absl/status/status.h>

#include "storage/report.h"

namespace tocsin::storage_bench {

// Do the parts of report.options and fill in the rest of the report.
absl::Status run(Report& report);

}  // namespace tocsin::storage_bench
