#include "drill/memory_probe.h"

#include "base/clock.h"

namespace tocsin::drill {
namespace {

constexpr int sample_ms = 250;
// Settled: for so long within this much. After a storm of handshakes a server may give heap back
// every few seconds.
constexpr uint64_t still_ms_before = 1'500;
constexpr uint64_t still_ms_after = 6'000;
constexpr uint64_t still_bytes = 256 * 1024;

double growth(uint64_t before, uint64_t after, uint64_t connections) {
  return (static_cast<double>(after) - static_cast<double>(before)) /
         static_cast<double>(connections);
}

}  // namespace

absl::StatusOr<MemoryProbe::Look> MemoryProbe::look(uint64_t still_ms, uint32_t settle_timeout_s,
                                                    const StopSignal& stop) const {
  Look look;
  const uint64_t start_ms = monotonic_ms();
  uint64_t still_since_ms = start_ms;
  uint64_t reference_bytes = 0;
  while (server_pid_ != 0) {
    const uint64_t now_ms = monotonic_ms();
    look.resident_bytes = resident_bytes_of(server_pid_);
    const uint64_t bytes = look.resident_bytes.value_or(0);
    const uint64_t change =
        bytes > reference_bytes ? bytes - reference_bytes : reference_bytes - bytes;
    if (change > still_bytes) {
      reference_bytes = bytes;
      still_since_ms = now_ms;
    }
    look.settled = now_ms - still_since_ms >= still_ms;
    if (look.settled || now_ms - start_ms >= uint64_t{settle_timeout_s} * 1000) break;
    if (stop.sleep_ms(sample_ms)) return absl::CancelledError("interrupted");
  }
  look.kernel = kernel_memory();
  return look;
}

absl::Status MemoryProbe::look_before(uint32_t settle_timeout_s, const StopSignal& stop) {
  absl::StatusOr<Look> first = look(still_ms_before, settle_timeout_s, stop);
  if (!first.ok()) return first.status();
  before_ = *std::move(first);
  return absl::OkStatus();
}

absl::StatusOr<MemoryReport> MemoryProbe::look_after(uint64_t connections,
                                                     uint32_t settle_timeout_s,
                                                     const StopSignal& stop) {
  const absl::StatusOr<Look> after = look(still_ms_after, settle_timeout_s, stop);
  if (!after.ok()) return after.status();
  MemoryReport report;
  report.server_rss_bytes_before = before_.resident_bytes;
  report.server_rss_bytes_after = after->resident_bytes;
  report.settled = after->settled;
  if (connections == 0) return report;
  if (before_.resident_bytes.has_value() && after->resident_bytes.has_value()) {
    report.user_bytes_per_connection =
        growth(*before_.resident_bytes, *after->resident_bytes, connections);
  }
  if (before_.kernel.has_value() && after->kernel.has_value() &&
      before_.kernel->source == after->kernel->source) {
    report.kernel_bytes_per_connection =
        growth(before_.kernel->bytes, after->kernel->bytes, connections);
    report.kernel_source = after->kernel->source;
  }
  return report;
}

}  // namespace tocsin::drill
