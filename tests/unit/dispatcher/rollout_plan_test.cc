#include "dispatcher/send/rollout_plan.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

using Kind = RolloutStep::Kind;

constexpr uint64_t start_ms = 1'000'000;

storage::Rollout rollout_of(storage::RolloutPlan plan) {
  storage::Rollout rollout;
  rollout.plan = plan;
  rollout.targeted = 1000;
  rollout.expires_at_ms = start_ms + 3'600'000;
  if (plan.canary_permille == 0) rollout.paced_from_ms = start_ms;
  return rollout;
}

// Goes through the whole rollout, a step each 250 ms; how many were released by when.
uint64_t released_by(storage::Rollout rollout, uint64_t passed_ms) {
  for (uint64_t at = 0; at <= passed_ms; at += 250) {
    const RolloutStep step = next_step(rollout, start_ms + at);
    if (step.kind == Kind::release) rollout.released += step.count;
  }
  return rollout.released;
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
  rollout.released = 1000;
  EXPECT_EQ(next_step(rollout, start_ms + 250).kind, Kind::release);
}

TEST(RolloutPlanTest, TheEndOfItsTimeToLiveEndsIt) {
  const auto rollout = rollout_of({.per_s = 1});
  const RolloutStep step = next_step(rollout, rollout.expires_at_ms);
  EXPECT_EQ(step.kind, Kind::stop);
  EXPECT_EQ(step.why, "expired");
}

TEST(RolloutPlanTest, TheCanaryComesFirstAndIsWatched) {
  auto rollout = rollout_of({.canary_permille = 50, .canary_watch_ms = 10'000});
  const RolloutStep first = next_step(rollout, start_ms);
  EXPECT_EQ(first.kind, Kind::release);
  EXPECT_EQ(first.count, 50u);
  rollout.released = rollout.canaries = 50;
  rollout.canary_at_ms = start_ms;
  EXPECT_EQ(next_step(rollout, start_ms + 9'999).kind, Kind::wait);
  EXPECT_EQ(next_step(rollout, start_ms + 10'000).kind, Kind::judge);
  rollout.paced_from_ms = start_ms + 10'250;
  const RolloutStep rest = next_step(rollout, start_ms + 10'250);
  EXPECT_EQ(rest.kind, Kind::release);
  EXPECT_EQ(rest.count, 950u) << "no pace: all at once";
}

TEST(RolloutPlanTest, ACanaryIsAtLeastOneDevice) {
  auto rollout = rollout_of({.canary_permille = 1, .canary_watch_ms = 1'000});
  rollout.targeted = 10;
  EXPECT_EQ(next_step(rollout, start_ms).count, 1u);
}

TEST(RolloutPlanTest, TheVerdict) {
  auto rollout = rollout_of({.canary_permille = 100, .canary_delivered_percent = 90});
  rollout.canaries = 100;
  EXPECT_EQ(judge(rollout, {.delivered = 0, .reachable = 5, .pending = 100}).kind, Kind::wait);
  EXPECT_EQ(judge(rollout, {.delivered = 9, .reachable = 1}).kind, Kind::pass);
  EXPECT_EQ(judge(rollout, {.delivered = 1, .reachable = 0}).kind, Kind::pass)
      << "who is away says nothing";
  const RolloutStep stop = judge(rollout, {.delivered = 8, .reachable = 2});
  EXPECT_EQ(stop.kind, Kind::stop);
  EXPECT_EQ(stop.why,
            "canary: 8 of 10 devices that could be reached have it, 80 %; 90 % are asked for");
  rollout.canaries = 0;
  EXPECT_EQ(judge(rollout, {}).kind, Kind::pass) << "the message is for nobody";
}

}  // namespace
}  // namespace tocsin::dispatcher
