#include "harness/memory_probe.h"

#include <algorithm>
#include <chrono>
#include <unistd.h>

#include "base/clock.h"
#include "harness/try.h"

namespace tocsin::bench {
namespace {

// (after - before) / connections; nullopt when one is not known.
std::optional<double> growth(const std::optional<uint64_t>& before,
                             const std::optional<uint64_t>& after, uint64_t connections) {
  if (!before.has_value() || !after.has_value() || connections == 0) return std::nullopt;
  return (static_cast<double>(*after) - static_cast<double>(*before)) /
         static_cast<double>(connections);
}

}  // namespace

absl::StatusOr<Settled> settle(const ReadValue& read, const Patience& patience,
                               const PassTime& pass_time) {
  const uint64_t start_ms = monotonic_ms();
  uint64_t still_since_ms = start_ms;
  uint64_t reference = 0;
  while (true) {
    Settled settled{read(), false};
    if (!settled.value.has_value()) return settled;
    const uint64_t now_ms = monotonic_ms();
    const uint64_t value = *settled.value;
    if ((value > reference ? value - reference : reference - value) > patience.still_by) {
      reference = value;
      still_since_ms = now_ms;
    }
    settled.is_settled = now_ms - still_since_ms >= patience.still_ms;
    if (settled.is_settled || now_ms - start_ms >= uint64_t{patience.timeout_s} * 1000) {
      return settled;
    }
    TOCSIN_TRY(pass_time(patience.look_ms));
  }
}

absl::StatusOr<uint64_t> settled_value(const ReadValue& read, const Patience& patience,
                                       const PassTime& pass_time) {
  TOCSIN_TAKE(const Settled settled, settle(read, patience, pass_time));
  if (settled.value.has_value()) return *settled.value;
  return absl::NotFoundError("a server has ended, or cannot be looked at");
}

absl::StatusOr<MemoryLook> look_at_memory(const ReadValue& read_servers,
                                          const std::vector<int>& worker_pids,
                                          const Patience& patience, const PassTime& pass_time) {
  TOCSIN_TAKE(const Settled servers, settle(read_servers, patience, pass_time));
  return MemoryLook{
      servers.value,          resident_bytes_of(worker_pids), resident_bytes_of(getpid()),
      machine_memory("Slab"), machine_memory("MemAvailable"), kernel_memory(),
      servers.is_settled};
}

MemoryReport memory_growth(const MemoryLook& before, const MemoryLook& after,
                           uint64_t connections) {
  MemoryReport report;
  report.before = before;
  report.after = after;
  const auto grown = [&](std::optional<uint64_t> MemoryLook::*member) {
    return growth(before.*member, after.*member, connections);
  };
  report.user_bytes_per_connection = grown(&MemoryLook::server_rss_bytes);
  report.worker_bytes_per_connection = grown(&MemoryLook::worker_rss_bytes);
  report.slab_bytes_per_connection = grown(&MemoryLook::slab_bytes);
  // What is no longer available has been taken.
  report.machine_bytes_per_connection =
      growth(after.available_bytes, before.available_bytes, connections);
  if (before.kernel.has_value() && after.kernel.has_value() &&
      before.kernel->source == after.kernel->source) {
    report.kernel_bytes_per_connection =
        growth(before.kernel->bytes, after.kernel->bytes, connections);
    report.kernel_source = after.kernel->source;
  }
  return report;
}

ResidentWatch::ResidentWatch(int pid, int sample_ms)
    : pid_(pid),
      has_mark_(forget_resident_peak(pid)),
      thread_([this, sample_ms](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          sample();
          std::this_thread::sleep_for(std::chrono::milliseconds(sample_ms));
        }
      }) {}

void ResidentWatch::end() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  sample();
  if (has_mark_) peak_ = std::max(peak_, resident_bytes_peak(pid_));
}

void ResidentWatch::sample() {
  peak_ = std::max(peak_, resident_bytes_now(pid_));
  ++samples_;
}

}  // namespace tocsin::bench
