#include "tests/crash/kill_plan.h"

#include <fmt/format.h>

#include "base/prng.h"

namespace tocsin::crash {
namespace {

constexpr uint64_t long_life_every = 50;

uint32_t draw(Prng& random, uint64_t from, uint64_t upto) {
  return static_cast<uint32_t>(from + random.below(upto - from + 1));
}

}  // namespace

std::string KillPlan::fault() const {
  return kind == Kind::fault ? fmt::format("{}:{}", point, passage) : "";
}

std::string KillPlan::name() const {
  switch (kind) {
    case Kind::fault:
      return std::string(point);
    case Kind::any_time:
      return "under load";
    case Kind::starting:
      return "while starting";
    case Kind::long_life:
      return "after a flush";
  }
  return "";
}

KillPlan plan_kill(uint64_t seed, uint64_t number) {
  Prng random(Prng(~seed + number * 0x9e6c63d0676a9a99).next());
  KillPlan plan;
  plan.devices_first = random.below(2) == 0;
  const uint64_t kind = random.below(100);
  if (number % long_life_every == long_life_every - 1) {
    plan.kind = KillPlan::Kind::long_life;
    plan.delay_ms = draw(random, 0, 2000);
  } else if (kind < 55) {
    plan.kind = KillPlan::Kind::fault;
    plan.point = fault_points[random.below(fault_points.size())];
    const bool is_log = plan.point.starts_with("log.");
    const bool is_gateway = plan.point.starts_with("gateway.");
    plan.passage = draw(random, 1, is_log ? 60 : is_gateway ? 20 : 35);
  } else if (kind < 88) {
    plan.after_ops = draw(random, 1, 90);
    plan.delay_ms = draw(random, 0, 30);
  } else {
    plan.kind = KillPlan::Kind::starting;
    plan.delay_ms = draw(random, 1, 150);
  }
  return plan;
}

}  // namespace tocsin::crash
