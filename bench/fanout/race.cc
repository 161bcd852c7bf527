#include "fanout/race.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <time.h>

#include "base/prng.h"
#include "drill/one_cpu.h"

namespace tocsin::fanout {
namespace {

uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// us per delivery of both ways, in one round.
absl::StatusOr<std::array<double, 2>> run_round(ConnectedFleet& fleet,
                                                const std::array<SendingWay*, 2>& ways,
                                                uint32_t record_bytes, Prng& prng) {
  const uint32_t turns = fleet.size() / block / 2;  // of each way
  if (absl::Status status = fleet.expect(uint64_t{turns} * 2 * block * record_bytes);
      !status.ok()) {
    return status;
  }
  std::array<uint64_t, 2> spent_ns{};
  for (uint32_t b = 0; b < turns * 2; b += 2) {
    const size_t first = prng.below(2);
    for (const size_t turn : {first, 1 - first}) {
      const uint32_t begin = (b + static_cast<uint32_t>(turn != first)) * block;
      const uint64_t start_ns = now_ns();
      if (!ways[turn]->run(fleet, begin, begin + block)) {
        return absl::UnavailableError(
            fmt::format("{}: a socket did not take a record", ways[turn]->name()));
      }
      spent_ns[turn] += now_ns() - start_ns;
    }
  }
  if (absl::Status status = fleet.wait_until_read(); !status.ok()) return status;
  const double deliveries = static_cast<double>(turns) * block;
  return std::array{static_cast<double>(spent_ns[0]) / 1000 / deliveries,
                    static_cast<double>(spent_ns[1]) / 1000 / deliveries};
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t last = values.size() - 1;
  return {values[last / 2], values[last / 4], values[last - last / 4]};
}

absl::StatusOr<RaceResult> run_race(ConnectedFleet& fleet, SendingWay& way, SendingWay& beside,
                                    uint32_t record_bytes, uint32_t rounds, uint32_t cpu) {
  if (fleet.size() < devices_min) {
    return absl::InvalidArgumentError(fmt::format("at least {} devices", devices_min));
  }
  drill::stay_on(cpu);
  Prng prng(1);
  std::vector<double> way_us, beside_us, ratio;
  for (uint32_t round = 0; round < warm_up_rounds + rounds; ++round) {
    const auto us = run_round(fleet, {&way, &beside}, record_bytes, prng);
    if (!us.ok()) return us.status();
    if (round < warm_up_rounds) continue;
    way_us.push_back((*us)[0]);
    beside_us.push_back((*us)[1]);
    ratio.push_back((*us)[0] / (*us)[1]);
  }
  return RaceResult{way.name(), beside.name(), spread_of(way_us), spread_of(beside_us),
                    spread_of(ratio)};
}

}  // namespace tocsin::fanout
