#include "dispatcher/send/rollout_plan.h"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::dispatcher {
namespace {

using Kind = RolloutStep::Kind;

// How many of the rest should have it by now.
uint64_t due_by(const internal::RolloutProgress& rollout, uint64_t now_ms) {
  const uint64_t passed_ms = now_ms - std::min(now_ms, rollout.row().paced_from_ms());
  const internal::Rollout& plan = rollout.row().plan();
  const uint64_t rest =
      rollout.row().targeted() - std::min(rollout.row().targeted(), rollout.row().canaries());
  if (plan.per_s() > 0) return passed_ms * plan.per_s() / 1000;
  if (plan.over_ms() > passed_ms) {
    return static_cast<uint64_t>(static_cast<double>(rest) * static_cast<double>(passed_ms) /
                                 static_cast<double>(plan.over_ms()));
  }
  return rest;
}

RolloutStep pace(const internal::RolloutProgress& rollout, uint64_t now_ms) {
  const uint64_t released = rollout.row().released() - rollout.row().canaries();
  const uint64_t rest =
      rollout.row().targeted() - std::min(rollout.row().targeted(), rollout.row().released());
  const uint64_t due = due_by(rollout, now_ms);
  const uint64_t count = due - std::min(due, released);
  // No devices are left: the step ends it.
  if (rest == 0) return {Kind::release, 0};
  return count == 0 ? RolloutStep{} : RolloutStep{Kind::release, std::min(count, rest)};
}

}  // namespace

RolloutStep next_step(const internal::RolloutProgress& rollout, uint64_t now_ms) {
  if (now_ms >= rollout.expires_at_ms()) return {Kind::stop, 0, "expired"};
  if (rollout.row().paced_from_ms() > 0) return pace(rollout, now_ms);
  if (rollout.row().canary_at_ms() == 0) {
    return {Kind::release,
            std::max<uint64_t>(
                1, rollout.row().targeted() * rollout.row().plan().canary_permille() / 1000)};
  }
  const bool watched =
      now_ms >= rollout.row().canary_at_ms() + rollout.row().plan().canary_watch_ms();
  return watched ? RolloutStep{Kind::judge} : RolloutStep{};
}

RolloutStep judge(const internal::RolloutProgress& rollout, const cluster::CanaryOutcome& outcome) {
  // No devices are left to try it on: nothing speaks against the rest.
  if (outcome.delivered() == 0) return {outcome.pending() == 0 ? Kind::pass : Kind::wait};
  const uint64_t reached = outcome.delivered() + outcome.reachable();
  const uint64_t percent = outcome.delivered() * 100 / reached;
  if (percent >= rollout.row().plan().canary_delivered_percent()) return {Kind::pass};
  return {
      Kind::stop, 0,
      fmt::format("canary: {} of {} devices that could be reached have it, {} %; {} % are asked "
                  "for",
                  outcome.delivered(), reached, percent,
                  rollout.row().plan().canary_delivered_percent())};
}

}  // namespace tocsin::dispatcher
