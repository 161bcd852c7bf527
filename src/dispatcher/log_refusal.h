// What a sender is told when the log did not take a record. The log's own words name files and
// disks and are for the operator.
//
// Thread: any.
#pragma once

#include <string_view>

#include <absl/status/status.h>

namespace tocsin::dispatcher {

// Log that `what` was refused because of `status`, and translate `status` for the API:
// RESOURCE_EXHAUSTED and UNAVAILABLE stay, everything else is INTERNAL.
absl::Status refused_by_log(std::string_view what, const absl::Status& status);

}  // namespace tocsin::dispatcher
