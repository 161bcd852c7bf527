// What a sender is told when the log refused a record, or the store could not be read. The original
// errors name files and disks and are for the operator.
//
// Thread: any.
#pragma once

#include <string_view>

#include <absl/status/status.h>

namespace tocsin::dispatcher {

// Log that `what` was refused because of `status`, and translate `status` for the API:
// RESOURCE_EXHAUSTED and UNAVAILABLE stay, everything else is INTERNAL.
absl::Status refused_by_log(std::string_view what, const absl::Status& status);

// The same when `what` could not be read from the store: NOT_FOUND stays, everything else is
// INTERNAL.
absl::Status unread(std::string_view what, const absl::Status& status);

}  // namespace tocsin::dispatcher
