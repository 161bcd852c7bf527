#include "figures/spread.h"

#include <gtest/gtest.h>

namespace tocsin::figures {
namespace {

TEST(SpreadTest, MedianOfOddAndEvenNumbers) {
  EXPECT_DOUBLE_EQ(spread_of({3, 1, 2}).median, 2);
  const Spread spread = spread_of({4, 1, 2, 9});
  EXPECT_DOUBLE_EQ(spread.median, 3);
  EXPECT_DOUBLE_EQ(spread.min, 1);
  EXPECT_DOUBLE_EQ(spread.max, 9);
  EXPECT_DOUBLE_EQ(spread_of({}).max, 0);
}

}  // namespace
}  // namespace tocsin::figures
