#include "api/cpu_at_rest.h"

#include <optional>

#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::api {
namespace {

constexpr uint32_t look_ms = 100;
// A server that takes no more than this in look_ms is at rest: 2 % of a CPU.
constexpr uint64_t rest_ns = 2'000'000;
constexpr uint32_t looks_max = 30;

}  // namespace

absl::StatusOr<uint64_t> cpu_ns_at_rest(const std::vector<int>& pids, const StopSignal& stop) {
  std::optional<uint64_t> last = cpu_ns_of(pids);
  for (uint32_t looks = 0; last.has_value() && looks < looks_max; ++looks) {
    TOCSIN_TRY(stop.sleep_ms(look_ms));
    const std::optional<uint64_t> now = cpu_ns_of(pids);
    if (now.has_value() && *now - *last <= rest_ns) return *now;
    last = now;
  }
  if (last.has_value()) return *last;
  return absl::NotFoundError("a server's process has ended");
}

}  // namespace tocsin::bench::api
