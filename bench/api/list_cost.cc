#include "api/list_cost.h"

#include <algorithm>

#include "api/idle_cost.h"
#include "base/clock.h"
#include "storm/resident_watch.h"

namespace tocsin::api {
namespace {

constexpr int sample_ms = 20;
constexpr int look_again_ms = 5;

double ms_since(uint64_t start_ns, uint64_t now_ns) {
  return static_cast<double>(now_ns - start_ns) / 1e6;
}

// Read the report until it says what it should, or for as long as that may take.
absl::Status follow_report(ApiServer& server, const std::string& message_id, uint64_t deadline_ms,
                           ListCost& cost, const drill::StopSignal& stop) {
  while (true) {
    const auto books = server.api().books(server.keys(), message_id);
    // The report may follow the answer a moment later.
    cost.targeted = books.ok() ? books->targeted : 0;
    cost.delivered = books.ok() ? books->delivered : 0;
    if (cost.is_right() || monotonic_ms() >= deadline_ms) return absl::OkStatus();
    if (stop.sleep_ms(look_again_ms)) return absl::CancelledError("interrupted");
  }
}

}  // namespace

absl::StatusOr<ListCost> measure_list(ApiServer& server, ListSender& list, uint64_t registered,
                                      const OnlineDevices& online, const drill::StopSignal& stop) {
  ListCost cost;
  cost.registered = registered;
  cost.online = online.count();
  if (absl::Status up = list.warm_up(); !up.ok()) return up;
  if (absl::Status up = server.api().warm_up(server.keys()); !up.ok()) return up;
  const absl::StatusOr<uint64_t> settled = settled_bytes(server.pid(), stop);
  if (!settled.ok()) return settled.status();
  const uint64_t before_bytes = storm::resident_bytes_now(server.pid());
  storm::ResidentWatch watch(server.pid(), sample_ms);
  const uint64_t start_ns = monotonic_ns();
  const absl::StatusOr<std::string> message_id = list.send();
  cost.accept_ms = ms_since(start_ns, monotonic_ns());
  if (!message_id.ok()) return message_id.status();
  const uint64_t deadline_ms = monotonic_ms() + delivery_timeout_ms;
  const auto last_ns = online.wait_for_last_ns(*message_id, deadline_ms, stop);
  if (absl::IsCancelled(last_ns.status())) return last_ns.status();
  cost.last_device_ms = ms_since(start_ns, last_ns.ok() ? *last_ns : monotonic_ns());
  const absl::Status followed = follow_report(server, *message_id, deadline_ms, cost, stop);
  if (!followed.ok()) return followed;
  cost.report_ms = ms_since(start_ns, monotonic_ns());
  watch.end();
  cost.memory_bytes = std::max(watch.peak(), before_bytes) - before_bytes;
  return cost;
}

}  // namespace tocsin::api
