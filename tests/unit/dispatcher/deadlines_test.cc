#include "dispatcher/transport/gate/deadlines.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

using ::testing::ElementsAre;

TEST(Deadlines, RunInOrderOnceTheyAreDue) {
  Deadlines deadlines;
  std::vector<int> ran;
  deadlines.add(20, [&] { ran.push_back(2); });
  deadlines.add(10, [&] { ran.push_back(1); });
  const auto removed = deadlines.add(15, [&] { ran.push_back(9); });
  deadlines.add(20, [&] { ran.push_back(3); });
  deadlines.expire(9);
  EXPECT_TRUE(ran.empty());
  deadlines.remove(removed);
  deadlines.expire(19);
  EXPECT_THAT(ran, ElementsAre(1));
  deadlines.expire(20);
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
  EXPECT_EQ(deadlines.size(), 0u);
  deadlines.remove(removed);
}

TEST(Deadlines, OneMayRemoveAndAddOthers) {
  Deadlines deadlines;
  std::vector<int> ran;
  const auto other = deadlines.add(10, [&] { ran.push_back(9); });
  deadlines.add(5, [&] {
    ran.push_back(1);
    deadlines.remove(other);
    deadlines.add(6, [&] { ran.push_back(2); });
  });
  deadlines.expire(10);
  EXPECT_THAT(ran, ElementsAre(1, 2));
}

}  // namespace
}  // namespace tocsin::dispatcher
