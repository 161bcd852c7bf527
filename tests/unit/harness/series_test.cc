#include <gtest/gtest.h>

#include "harness/figures.h"

namespace tocsin::bench {
namespace {

TEST(SeriesTest, MedianOfOddAndEvenNumbers) {
  EXPECT_DOUBLE_EQ(Series({3, 1, 2}).median(), 2);
  Series series({4, 1, 2});
  series.add(9);
  EXPECT_DOUBLE_EQ(series.median(), 3);
  EXPECT_DOUBLE_EQ(series.min(), 1);
  EXPECT_DOUBLE_EQ(series.max(), 9);
  EXPECT_EQ(series.measure(), 3);
}

TEST(SeriesTest, WithoutValuesThereIsNoMeasure) {
  const Series nothing;
  EXPECT_EQ(nothing.measure(), std::nullopt);
  EXPECT_DOUBLE_EQ(nothing.max(), 0);
  EXPECT_DOUBLE_EQ(nothing.percentile(100), 0);
}

TEST(SeriesTest, IsOfAMemberOfEachItemThatHasIt) {
  struct Round {
    std::optional<double> us;
  };
  const std::vector<Round> rounds = {{3.0}, {}, {5.0}};
  EXPECT_EQ(series_of(rounds, &Round::us).size(), 2u);
  EXPECT_DOUBLE_EQ(series_of(rounds, [](const Round& round) { return round.us; }).max(), 5);
}

TEST(SeriesTest, PercentilesAreWaitsThatSomebodyHad) {
  std::vector<uint64_t> waits_ns;
  for (uint64_t ms = 1000; ms > 0; --ms) waits_ns.push_back(ms * 1'000'000);
  const Series waits = milliseconds(waits_ns);
  EXPECT_EQ(waits.size(), 1000u);
  EXPECT_DOUBLE_EQ(waits.percentile(50), 500);
  EXPECT_DOUBLE_EQ(waits.percentile(90), 900);
  EXPECT_DOUBLE_EQ(waits.percentile(99), 990);
  EXPECT_DOUBLE_EQ(waits.percentile(99.9), 999);
  EXPECT_DOUBLE_EQ(waits.percentile(100), 1000);
}

TEST(SeriesTest, PercentilesOfAFewValuesRoundUpToTheSlower) {
  const Series waits({2, 1, 10.5});
  EXPECT_DOUBLE_EQ(waits.percentile(1), 1);
  EXPECT_DOUBLE_EQ(waits.percentile(34), 2);
  EXPECT_DOUBLE_EQ(waits.percentile(99), 10.5);
}

}  // namespace
}  // namespace tocsin::bench
