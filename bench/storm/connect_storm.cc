#include "storm/connect_storm.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/clock.h"
#include "drill/fleet/arrivals.h"
#include "drill/fleet/swarm.h"
#include "harness/memory_probe.h"
#include "harness/proc.h"
#include "harness/server.h"
#include "harness/try.h"

namespace tocsin::bench::storm {
namespace {

constexpr char app_name[] = "storm";
// A device's own half of a handshake under way, with the sockets of both ends.
constexpr uint64_t bytes_per_device = 72 * 1024;
// Descriptors of this process that are not devices.
constexpr uint64_t other_files = 64;
// The server gives heap back every 5 s.
constexpr uint64_t still_ms_before = 1'500;
constexpr uint64_t still_ms_after = 35'000;

absl::Status check_machine(uint32_t devices) {
  const uint64_t files = raise_files_limit();
  const uint64_t by_files = files - std::min(files, other_files);
  const uint64_t memory_bytes = machine_facts(0).memory_bytes;
  const uint64_t by_memory =
      memory_bytes == UINT64_MAX ? UINT64_MAX : memory_bytes / 4 * 3 / bytes_per_device;
  if (devices <= by_files && devices <= by_memory) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "{} devices at once: open files allow {}, memory {} ({} KB each while they shake "
      "hands): use -n {}",
      devices, by_files, by_memory, bytes_per_device / 1024, std::min(by_files, by_memory)));
}

// The server's resident size once it stands still.
absl::StatusOr<uint64_t> settled_bytes(int pid, uint64_t still_ms, uint32_t timeout_s,
                                       const StopSignal& stop) {
  Patience patience{still_ms, timeout_s};
  patience.look_ms = StormResult::sample_ms;
  return settled_value([pid] { return resident_bytes_now(pid); }, patience, stop.pass_time());
}

absl::Status connect_all(ServerUnderTest& server, drill::Swarm& swarm, const StormOptions& options,
                         const StopSignal& stop, StormResult& result) {
  const uint64_t start_ms = monotonic_ms();
  const uint64_t deadline_ms = start_ms + uint64_t{options.timeout_s} * 1000;
  drill::WorkerStatus status;
  do {
    TOCSIN_TRY(swarm.serve(drill::Swarm::tick_ms));
    TOCSIN_TRY(stop.check());
    TOCSIN_TRY(server.check());
    status = swarm.status();
  } while (status.live + status.given_up < options.devices && monotonic_ms() < deadline_ms);
  result.seconds = static_cast<double>(monotonic_ms() - start_ms) / 1000;
  result.in = status.live;
  result.failures = status.failures;
  result.last_failure = status.last_failure;
  return absl::OkStatus();
}

}  // namespace

double StormResult::bytes_per_connection(uint64_t rss_bytes) const {
  if (in == 0) return 0;
  return (static_cast<double>(rss_bytes) - static_cast<double>(rss_bytes_before)) / in;
}

absl::StatusOr<StormResult> storm(const StormOptions& options, const StopSignal& stop) {
  TOCSIN_TRY(check_machine(options.devices));
  TOCSIN_TAKE(ServerUnderTest server,
              ServerUnderTest::spawn({options.server, options.server_arguments}, app_name, stop));
  drill::Plan plan = drill::plan_for(server, options.devices, app_name);
  plan.handshakes = options.devices;
  plan.rounds = 1;
  plan.spread_sources = true;
  StormResult result;
  result.devices = options.devices;
  TOCSIN_TAKE(result.rss_bytes_before,
              settled_bytes(server.pid, still_ms_before, options.settle_timeout_s, stop));
  TOCSIN_TAKE(const drill::ArrivalBook book, drill::ArrivalBook::create(options.devices, 1));
  TOCSIN_TAKE(const auto swarm, drill::Swarm::create(plan, book, monotonic_ms()));
  ResidentWatch watch(server.pid, StormResult::sample_ms);
  TOCSIN_TRY(connect_all(server, *swarm, options, stop, result));
  result.rss_bytes_after = resident_bytes_now(server.pid);
  watch.end();
  result.rss_bytes_peak = std::max(result.rss_bytes_before, watch.peak());
  result.samples = watch.samples();
  TOCSIN_TAKE(result.rss_bytes_settled,
              settled_bytes(server.pid, still_ms_after, options.settle_timeout_s, stop));
  return result;
}

void tell(const StormResult& storm, Findings& findings) {
  const double after = storm.bytes_per_connection(storm.rss_bytes_after);
  const double settled = storm.bytes_per_connection(storm.rss_bytes_settled);
  findings.document["storm"] = storm;
  findings.measures.update(Json{{"storm_not_in", storm.devices - storm.in},
                                {"storm_seconds", storm.seconds},
                                {"storm_peak_rss_bytes", storm.peak_growth_bytes()},
                                {"storm_bytes_per_connection_after", after},
                                {"storm_bytes_per_connection_settled", settled}});
  findings.table += fmt::format(
      "Storm: {} of {} devices in after {:.1f} s, {} attempts failed{}{}\n"
      "  server RSS: {:.1f} MB before, {:.1f} MB at the peak (+{:.1f} MB, {} samples)\n"
      "  per connection: {:.0f} bytes right after, {:.0f} once settled\n",
      storm.in, storm.devices, storm.seconds, storm.failures, storm.failures > 0 ? ": " : "",
      storm.last_failure, megabytes(storm.rss_bytes_before), megabytes(storm.rss_bytes_peak),
      megabytes(storm.peak_growth_bytes()), storm.samples, after, settled);
  findings.is_well = storm.in == storm.devices;
}

}  // namespace tocsin::bench::storm
