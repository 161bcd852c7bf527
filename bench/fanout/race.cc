#include "fanout/race.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <time.h>

#include "base/clock.h"
#include "base/prng.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::fanout {
namespace {

// us per delivery of both ways, in one round.
absl::StatusOr<std::array<double, 2>> run_round(ConnectedFleet& fleet,
                                                const std::array<SendingWay*, 2>& ways,
                                                uint32_t record_bytes, Prng& prng) {
  const uint32_t turns = fleet.size() / block / 2;  // of each way
  TOCSIN_TRY(fleet.expect(uint64_t{turns} * 2 * block * record_bytes));
  std::array<uint64_t, 2> spent_ns{};
  for (uint32_t b = 0; b < turns * 2; b += 2) {
    const size_t first = prng.below(2);
    for (const size_t turn : {first, 1 - first}) {
      const uint32_t begin = (b + static_cast<uint32_t>(turn != first)) * block;
      const uint64_t start_ns = monotonic_ns();
      if (!ways[turn]->run(fleet, begin, begin + block)) {
        return absl::UnavailableError(
            fmt::format("{}: a socket did not take a record", ways[turn]->name()));
      }
      spent_ns[turn] += monotonic_ns() - start_ns;
    }
  }
  TOCSIN_TRY(fleet.wait_until_read());
  const double deliveries = static_cast<double>(turns) * block;
  return std::array{static_cast<double>(spent_ns[0]) / 1000 / deliveries,
                    static_cast<double>(spent_ns[1]) / 1000 / deliveries};
}

}  // namespace

absl::StatusOr<RaceResult> run_race(ConnectedFleet& fleet, SendingWay& way, SendingWay& beside,
                                    uint32_t record_bytes, uint32_t rounds, uint32_t cpu) {
  if (fleet.size() < devices_min) {
    return absl::InvalidArgumentError(fmt::format("at least {} devices", devices_min));
  }
  harness::stay_on_cpu(cpu);
  Prng prng(1);
  RaceResult result{way.name(), beside.name(), {}, {}, {}};
  for (uint32_t round = 0; round < warm_up_rounds + rounds; ++round) {
    TOCSIN_TAKE(const auto us, run_round(fleet, {&way, &beside}, record_bytes, prng));
    if (round < warm_up_rounds) continue;
    result.way_us.add(us[0]);
    result.beside_us.add(us[1]);
    result.ratio.add(us[0] / us[1]);
  }
  return result;
}

}  // namespace tocsin::fanout
