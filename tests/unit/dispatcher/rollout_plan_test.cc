#include "dispatcher/send/rollout_plan.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

using Kind = RolloutStep::Kind;

constexpr uint64_t start_ms = 1'000'000;

struct Plan {
  uint32_t per_s = 0;
  uint64_t over_ms = 0;
  uint32_t canary_permille = 0;
  uint64_t canary_watch_ms = 0;
  uint32_t canary_delivered_percent = 0;
};

internal::RolloutProgress rollout_of(const Plan& plan) {
  internal::RolloutProgress rollout;
  internal::Rollout& to = *rollout.mutable_row()->mutable_plan();
  to.set_per_s(plan.per_s);
  to.set_over_ms(plan.over_ms);
  to.set_canary_permille(plan.canary_permille);
  to.set_canary_watch_ms(plan.canary_watch_ms);
  to.set_canary_delivered_percent(plan.canary_delivered_percent);
  rollout.mutable_row()->set_targeted(1000);
  rollout.set_expires_at_ms(start_ms + 3'600'000);
  if (plan.canary_permille == 0) rollout.mutable_row()->set_paced_from_ms(start_ms);
  return rollout;
}

cluster::CanaryOutcome outcome_of(uint64_t delivered, uint64_t reachable, uint64_t pending) {
  cluster::CanaryOutcome outcome;
  outcome.set_delivered(delivered);
  outcome.set_reachable(reachable);
  outcome.set_pending(pending);
  return outcome;
}

// Goes through the whole rollout, a step each 250 ms; how many were released by when.
uint64_t released_by(internal::RolloutProgress rollout, uint64_t passed_ms) {
  internal::RolloutRow& row = *rollout.mutable_row();
  for (uint64_t at = 0; at <= passed_ms; at += 250) {
    const RolloutStep step = next_step(rollout, start_ms + at);
    if (step.kind == Kind::release) row.set_released(row.released() + step.count);
  }
  return row.released();
}

TEST(RolloutPlanTest, SoManyASecond) {
  const auto rollout = rollout_of({.per_s = 100});
  EXPECT_EQ(next_step(rollout, start_ms).kind, Kind::wait);
  EXPECT_EQ(released_by(rollout, 1'000), 100u);
  EXPECT_EQ(released_by(rollout, 5'000), 500u);
  EXPECT_EQ(released_by(rollout, 60'000), 1000u);
}

TEST(RolloutPlanTest, SlowOnesComeOneByOne) {
  const auto rollout = rollout_of({.per_s = 1});
  EXPECT_EQ(released_by(rollout, 999), 0u);
  EXPECT_EQ(released_by(rollout, 1'000), 1u);
  EXPECT_EQ(released_by(rollout, 2'500), 2u);
}

TEST(RolloutPlanTest, EvenlyOverATime) {
  const auto rollout = rollout_of({.over_ms = 100'000});
  EXPECT_EQ(released_by(rollout, 50'000), 500u);
  EXPECT_EQ(released_by(rollout, 100'000), 1000u);
}

TEST(RolloutPlanTest, AfterAPauseItCatchesUp) {
  auto rollout = rollout_of({.per_s = 10});
  const RolloutStep step = next_step(rollout, start_ms + 60'000);
  EXPECT_EQ(step.kind, Kind::release);
  EXPECT_EQ(step.count, 600u);
}

TEST(RolloutPlanTest, TheLastStepIsThereAlsoWhenNobodyIsLeft) {
  auto rollout = rollout_of({.per_s = 10});
  rollout.mutable_row()->set_released(1000);
  EXPECT_EQ(next_step(rollout, start_ms + 250).kind, Kind::release);
}

TEST(RolloutPlanTest, TheEndOfItsTimeToLiveEndsIt) {
  const auto rollout = rollout_of({.per_s = 1});
  const RolloutStep step = next_step(rollout, rollout.expires_at_ms());
  EXPECT_EQ(step.kind, Kind::stop);
  EXPECT_EQ(step.why, "expired");
}

TEST(RolloutPlanTest, TheCanaryComesFirstAndIsWatched) {
  auto rollout = rollout_of({.canary_permille = 50, .canary_watch_ms = 10'000});
  const RolloutStep first = next_step(rollout, start_ms);
  EXPECT_EQ(first.kind, Kind::release);
  EXPECT_EQ(first.count, 50u);
  rollout.mutable_row()->set_released(50);
  rollout.mutable_row()->set_canaries(50);
  rollout.mutable_row()->set_canary_at_ms(start_ms);
  EXPECT_EQ(next_step(rollout, start_ms + 9'999).kind, Kind::wait);
  EXPECT_EQ(next_step(rollout, start_ms + 10'000).kind, Kind::judge);
  rollout.mutable_row()->set_paced_from_ms(start_ms + 10'250);
  const RolloutStep rest = next_step(rollout, start_ms + 10'250);
  EXPECT_EQ(rest.kind, Kind::release);
  EXPECT_EQ(rest.count, 950u) << "no pace: all at once";
}

TEST(RolloutPlanTest, ACanaryIsAtLeastOneDevice) {
  auto rollout = rollout_of({.canary_permille = 1, .canary_watch_ms = 1'000});
  rollout.mutable_row()->set_targeted(10);
  EXPECT_EQ(next_step(rollout, start_ms).count, 1u);
}

TEST(RolloutPlanTest, TheVerdict) {
  auto rollout = rollout_of({.canary_permille = 100, .canary_delivered_percent = 90});
  rollout.mutable_row()->set_canaries(100);
  EXPECT_EQ(judge(rollout, outcome_of(0, 5, 100)).kind, Kind::wait);
  EXPECT_EQ(judge(rollout, outcome_of(9, 1, 0)).kind, Kind::pass);
  EXPECT_EQ(judge(rollout, outcome_of(1, 0, 0)).kind, Kind::pass) << "who is away says nothing";
  const RolloutStep stop = judge(rollout, outcome_of(8, 2, 0));
  EXPECT_EQ(stop.kind, Kind::stop);
  EXPECT_EQ(stop.why,
            "canary: 8 of 10 devices that could be reached have it, 80 %; 90 % are asked for");
  rollout.mutable_row()->set_canaries(0);
  EXPECT_EQ(judge(rollout, outcome_of(0, 0, 0)).kind, Kind::pass) << "the message is for nobody";
}

}  // namespace
}  // namespace tocsin::dispatcher
