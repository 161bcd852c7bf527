#include "api/server_cpu.h"

#include <ctime>
#include <fmt/format.h>

namespace tocsin::api {
namespace {

constexpr int look_ms = 100;
// A server that takes no more than this in look_ms is at rest: 2 % of a CPU.
constexpr uint64_t rest_ns = 2'000'000;

}  // namespace

absl::StatusOr<uint64_t> cpu_ns_of(const std::vector<int>& pids) {
  uint64_t sum = 0;
  for (const int pid : pids) {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
      return absl::NotFoundError(fmt::format("process {} has ended", pid));
    }
    sum += static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
  }
  return sum;
}

absl::StatusOr<uint64_t> cpu_ns_at_rest(const std::vector<int>& pids,
                                        const drill::StopSignal& stop) {
  absl::StatusOr<uint64_t> last = cpu_ns_of(pids);
  for (int waited_ms = 0; last.ok() && waited_ms < rest_ms_max; waited_ms += look_ms) {
    if (stop.sleep_ms(look_ms)) return absl::CancelledError("interrupted");
    const absl::StatusOr<uint64_t> now = cpu_ns_of(pids);
    if (!now.ok() || *now - *last <= rest_ns) return now;
    last = now;
  }
  return last;
}

}  // namespace tocsin::api
