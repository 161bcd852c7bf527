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

}  // namespace tocsin::drill
