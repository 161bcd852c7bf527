#include "drill/memory_probe.h"

#include <algorithm>
#include <unistd.h>

#include "base/clock.h"

namespace tocsin::drill {
namespace {

constexpr int sample_ms = 250;
// Settled: for so long within this much. After a storm of handshakes a server may give heap back
// every few seconds.
constexpr uint64_t still_ms_before = 1'500;
constexpr uint64_t still_bytes = 256 * 1024;  // per server
// Looking at a process walks its page tables: with many, look less often.
constexpr int sample_ms_per_server = 20;

// (after - before) / connections; nullopt when one is not known.
std::optional<double> growth(const std::optional<uint64_t>& before,
                             const std::optional<uint64_t>& after, uint64_t connections) {
  if (!before.has_value() || !after.has_value() || connections == 0) return std::nullopt;
  return (static_cast<double>(*after) - static_cast<double>(*before)) /
         static_cast<double>(connections);
}

}  // namespace

absl::StatusOr<MemoryProbe::Look> MemoryProbe::look(uint64_t still_ms, uint32_t settle_timeout_s,
                                                    const StopSignal& stop) const {
  Look look;
  const uint64_t start_ms = monotonic_ms();
  uint64_t still_since_ms = start_ms;
  uint64_t reference_bytes = 0;
  const auto servers = static_cast<int>(groups_.servers.size());
  const uint64_t still_enough_bytes = still_bytes * groups_.servers.size();
  while (servers > 0) {
    const uint64_t now_ms = monotonic_ms();
    look.memory.servers_rss_bytes = resident_bytes_of(groups_.servers);
    const uint64_t bytes = look.memory.servers_rss_bytes.value_or(0);
    const uint64_t change =
        bytes > reference_bytes ? bytes - reference_bytes : reference_bytes - bytes;
    if (change > still_enough_bytes) {
      reference_bytes = bytes;
      still_since_ms = now_ms;
    }
    look.settled = now_ms - still_since_ms >= still_ms;
    if (look.settled || now_ms - start_ms >= uint64_t{settle_timeout_s} * 1000) break;
    const int pause_ms = std::max(sample_ms, servers * sample_ms_per_server);
    if (stop.sleep_ms(pause_ms)) return absl::CancelledError("interrupted");
  }
  look.kernel = kernel_memory();
  look.memory.workers_rss_bytes = resident_bytes_of(groups_.workers);
  look.memory.coordinator_rss_bytes = resident_bytes_of(getpid());
  look.memory.slab_bytes = machine_memory("Slab");
  look.memory.available_bytes = machine_memory("MemAvailable");
  return look;
}

absl::Status MemoryProbe::look_before(uint32_t settle_timeout_s, const StopSignal& stop) {
  absl::StatusOr<Look> first = look(still_ms_before, settle_timeout_s, stop);
  if (!first.ok()) return first.status();
  before_ = *std::move(first);
  return absl::OkStatus();
}

absl::StatusOr<MemoryReport> MemoryProbe::look_after(uint64_t connections, Patience patience,
                                                     const StopSignal& stop) {
  const absl::StatusOr<Look> after =
      look(uint64_t{patience.still_s} * 1000, patience.timeout_s, stop);
  if (!after.ok()) return after.status();
  MemoryReport report;
  report.before = before_.memory;
  report.after = after->memory;
  report.settled = after->settled;
  const auto grown = [&](std::optional<uint64_t> MemoryLook::*member) {
    return growth(report.before.*member, report.after.*member, connections);
  };
  report.user_bytes_per_connection = grown(&MemoryLook::servers_rss_bytes);
  report.worker_bytes_per_connection = grown(&MemoryLook::workers_rss_bytes);
  report.slab_bytes_per_connection = grown(&MemoryLook::slab_bytes);
  // What is no longer available has been taken.
  report.machine_bytes_per_connection =
      growth(report.after.available_bytes, report.before.available_bytes, connections);
  if (before_.kernel.has_value() && after->kernel.has_value() &&
      before_.kernel->source == after->kernel->source) {
    report.kernel_bytes_per_connection =
        growth(before_.kernel->bytes, after->kernel->bytes, connections);
    report.kernel_source = after->kernel->source;
  }
  return report;
}

}  // namespace tocsin::drill
