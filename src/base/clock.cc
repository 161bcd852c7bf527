#include "base/clock.h"

#include <chrono>

namespace tocsin {
namespace {

template <typename Unit, typename Clock>
uint64_t since_epoch() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<Unit>(Clock::now().time_since_epoch()).count());
}

}  // namespace

uint64_t monotonic_ms() {
  return since_epoch<std::chrono::milliseconds, std::chrono::steady_clock>();
}
uint64_t monotonic_ns() {
  return since_epoch<std::chrono::nanoseconds, std::chrono::steady_clock>();
}
uint64_t wall_ms() { return since_epoch<std::chrono::milliseconds, std::chrono::system_clock>(); }

}  // namespace tocsin
