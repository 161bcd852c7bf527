// CPU time of a server once it does next to nothing, so that what it does after its last answer is
// counted too.
//
// Thread: any; blocks.
// Bound: looked at for at most three seconds.
#pragma once

#include <cstdint>
#include <vector>

#include <absl/status/statusor.h>

#include "harness/stop_signal.h"

namespace tocsin::bench::api {

// Of `pids` together, nanoseconds. NOT_FOUND when they have ended; CANCELLED when `stop` came first.
absl::StatusOr<uint64_t> cpu_ns_at_rest(const std::vector<int>& pids, const StopSignal& stop);

}  // namespace tocsin::bench::api
