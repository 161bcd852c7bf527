#include "drill/round_tally.h"

#include <algorithm>

#include "drill/fleet_plan.h"

namespace tocsin::drill {

RoundTally tally_round(const ArrivalBook& book, uint32_t round, uint64_t start_ns,
                       uint64_t timeout_ns, uint32_t stuck_percent) {
  RoundTally tally;
  for (size_t device = 0; device < book.devices(); ++device) {
    const ArrivalBook::Cell& cell = book.at(round, device);
    const uint32_t to_app = cell.to_app.load(std::memory_order_relaxed);
    const uint32_t on_wire = cell.on_wire.load(std::memory_order_relaxed);
    tally.app_duplicates += to_app > 1 ? to_app - 1 : 0;
    tally.wire_duplicates += on_wire > 1 ? on_wire - 1 : 0;
    if (is_stuck(device, stuck_percent)) continue;
    ++tally.expected;
    const uint64_t first_ns = cell.first_ns.load(std::memory_order_relaxed);
    if (to_app == 0 || first_ns > start_ns + timeout_ns) continue;
    ++tally.delivered;
    tally.waits_ns.push_back(std::max(first_ns, start_ns) - start_ns);
  }
  return tally;
}

std::vector<double> last_deliveries_ms(const ArrivalBook& book, uint32_t round, uint64_t start_ns,
                                       uint64_t timeout_ns, const std::vector<Share>& shares) {
  std::vector<double> last_ms;
  for (const Share& share : shares) {
    uint64_t last_ns = 0;
    for (uint32_t i = 0; i < share.count; ++i) {
      const ArrivalBook::Cell& cell = book.at(round, share.first + i);
      const uint64_t first_ns = cell.first_ns.load(std::memory_order_relaxed);
      if (first_ns <= start_ns + timeout_ns) last_ns = std::max(last_ns, first_ns);
    }
    if (last_ns > start_ns) last_ms.push_back(static_cast<double>(last_ns - start_ns) / 1e6);
  }
  return last_ms;
}

std::vector<CurvePoint> curve_of(const LatencyDistribution& waits, uint64_t expected,
                                 size_t points) {
  std::vector<CurvePoint> curve;
  if (waits.count() == 0 || expected == 0) return curve;
  const double share = static_cast<double>(waits.count()) / static_cast<double>(expected) / 100;
  const auto put = [&](double percent) {
    curve.push_back({waits.percentile_ms(percent), percent * share});
  };
  const double step = 99.0 / static_cast<double>(points);
  for (double percent = step; percent < 99; percent += step) put(percent);
  for (const double percent : {99.0, 99.5, 99.9, 99.95, 99.99, 100.0}) put(percent);
  return curve;
}

}  // namespace tocsin::drill
