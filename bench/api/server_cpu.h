// CPU time that a server's processes have taken, in nanoseconds: utime + stime of /proc/PID/stat,
// without its ticks of 10 ms, threads that have ended included.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <vector>

#include <absl/status/statusor.h>

#include "drill/stop_signal.h"

namespace tocsin::api {

// Sum over `pids`. NOT_FOUND when one is gone.
absl::StatusOr<uint64_t> cpu_ns_of(const std::vector<int>& pids);

// The same as soon as they do next to nothing, so that what a server does behind its last answer is
// counted too; looked at for at most rest_ms_max. CANCELLED when `stop` came first.
inline constexpr int rest_ms_max = 3'000;
absl::StatusOr<uint64_t> cpu_ns_at_rest(const std::vector<int>& pids,
                                        const drill::StopSignal& stop);

}  // namespace tocsin::api
