#include "drill/latency_distribution.h"

#include <gtest/gtest.h>

namespace tocsin::drill {
namespace {

std::vector<uint64_t> milliseconds_down_from(uint64_t count) {
  std::vector<uint64_t> waits;
  for (uint64_t ms = count; ms > 0; --ms) waits.push_back(ms * 1'000'000);
  return waits;
}

TEST(LatencyDistributionTest, PercentilesAreWaitsThatSomebodyHad) {
  const LatencyDistribution waits(milliseconds_down_from(1000));
  EXPECT_EQ(waits.count(), 1000u);
  EXPECT_DOUBLE_EQ(waits.percentile_ms(50), 500);
  EXPECT_DOUBLE_EQ(waits.percentile_ms(90), 900);
  EXPECT_DOUBLE_EQ(waits.percentile_ms(99), 990);
  EXPECT_DOUBLE_EQ(waits.percentile_ms(99.9), 999);
  EXPECT_DOUBLE_EQ(waits.percentile_ms(100), 1000);
}

TEST(LatencyDistributionTest, AFewValuesRoundUpToTheSlower) {
  const LatencyDistribution waits({2'000'000, 1'000'000, 10'500'000});
  EXPECT_DOUBLE_EQ(waits.percentile_ms(1), 1);
  EXPECT_DOUBLE_EQ(waits.percentile_ms(34), 2);
  EXPECT_DOUBLE_EQ(waits.percentile_ms(99), 10.5);
}

TEST(LatencyDistributionTest, NothingArrived) {
  const LatencyDistribution waits({});
  EXPECT_EQ(waits.count(), 0u);
  EXPECT_DOUBLE_EQ(waits.percentile_ms(100), 0);
}

}  // namespace
}  // namespace tocsin::drill
