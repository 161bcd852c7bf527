#include <gtest/gtest.h>

#include "drill/coordinator/worker_pool.h"

namespace tocsin::bench::drill {
namespace {

TEST(TurnsTest, WithoutALimitAllBeginAtOnceInOrder) {
  Turns turns({100, 100, 100}, 0);
  for (uint32_t worker = 0; worker < 3; ++worker) EXPECT_EQ(turns.next(0), worker);
  EXPECT_EQ(turns.next(0), std::nullopt);
}

TEST(TurnsTest, TheNextBeginsWhenOneIsNearlyThrough) {
  Turns turns({100, 100, 100, 100}, 2);
  EXPECT_EQ(turns.next(0), 0u);
  EXPECT_EQ(turns.next(0), 1u);
  EXPECT_EQ(turns.next(0), std::nullopt);
  turns.on_progress(1, 97, 10);
  EXPECT_EQ(turns.next(10), std::nullopt);
  turns.on_progress(1, 98, 20);
  EXPECT_EQ(turns.next(20), 2u);
  EXPECT_EQ(turns.next(20), std::nullopt);
  turns.on_progress(0, 100, 30);
  turns.on_progress(2, 100, 30);
  EXPECT_EQ(turns.next(30), 3u);
  EXPECT_EQ(turns.next(30), std::nullopt);
}

TEST(TurnsTest, AWorkerThatGetsNobodyInDoesNotKeepTheOthersWaiting) {
  Turns turns({100, 100}, 1);
  EXPECT_EQ(turns.next(1'000), 0u);
  turns.on_progress(0, 5, 2'000);
  turns.on_progress(0, 5, 9'000);
  EXPECT_EQ(turns.next(2'000 + Turns::stalled_ms - 1), std::nullopt);
  EXPECT_EQ(turns.next(2'000 + Turns::stalled_ms), 1u);
}

TEST(TurnsTest, AWorkerOfOneDeviceWaitsForIt) {
  Turns turns({1, 1}, 1);
  EXPECT_EQ(turns.next(0), 0u);
  EXPECT_EQ(turns.next(0), std::nullopt);
  turns.on_progress(0, 1, 1);
  EXPECT_EQ(turns.next(1), 1u);
}

TEST(TurnsTest, NobodyToTakeTurns) { EXPECT_EQ(Turns({}, 0).next(0), std::nullopt); }

}  // namespace
}  // namespace tocsin::bench::drill
