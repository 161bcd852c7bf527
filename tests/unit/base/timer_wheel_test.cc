#include "base/timer_wheel.h"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"

namespace tocsin {
namespace {

class TimerWheelTest : public testing::Test {
 protected:
  TimerWheel wheel_{16};
  std::vector<TimerWheel::Link> links_ = std::vector<TimerWheel::Link>(64);

  void arm(uint32_t index, uint32_t in_ticks) {
    wheel_.arm(
        index, in_ticks, [this](uint32_t i) -> auto& { return links_[i]; });
  }
  void disarm(uint32_t index) {
    wheel_.disarm(
        index, [this](uint32_t i) -> auto& { return links_[i]; });
  }
  std::vector<uint32_t> tick() {
    std::vector<uint32_t> expired;
    wheel_.tick(
        [this](uint32_t i) -> auto& { return links_[i]; },
        [&](uint32_t i) { expired.push_back(i); });
    std::sort(expired.begin(), expired.end());
    return expired;
  }
};

TEST_F(TimerWheelTest, ExpiresAtItsTickAndOnlyOnce) {
  arm(7, 2);
  EXPECT_TRUE(tick().empty());
  EXPECT_EQ(tick(), std::vector<uint32_t>{7});
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(tick().empty());
}

TEST_F(TimerWheelTest, TakesTheFurthestDeadlineThatFitsTheRing) {
  arm(1, wheel_.ticks_max());
  for (uint32_t i = 1; i < wheel_.ticks_max(); ++i) ASSERT_TRUE(tick().empty());
  EXPECT_EQ(tick(), std::vector<uint32_t>{1});
}

TEST_F(TimerWheelTest, CancelsAnyMemberOfABucket) {
  for (const uint32_t i : {1, 2, 3, 4}) arm(i, 3);
  disarm(4);  // first of the list
  disarm(2);  // middle
  disarm(1);  // last
  disarm(1);  // nothing happens
  tick();
  tick();
  EXPECT_EQ(tick(), std::vector<uint32_t>{3});
}

TEST_F(TimerWheelTest, MayBeArmedAgainWhileItExpires) {
  arm(5, 1);
  int rounds = 0;
  const auto link_of = [this](uint32_t i) -> auto& { return links_[i]; };
  for (int i = 0; i < 3; ++i) {
    wheel_.tick(link_of, [&](uint32_t index) {
      ++rounds;
      wheel_.arm(index, 1, link_of);
    });
  }
  EXPECT_EQ(rounds, 3);
}

TEST_F(TimerWheelTest, AgreesWithAMapOverRandomOperations) {
  Prng prng(20261122);
  std::map<uint32_t, uint32_t> due;  // entry -> tick
  for (int step = 0; step < 20'000; ++step) {
    const auto entry = static_cast<uint32_t>(prng.below(links_.size()));
    if (prng.below(3) == 0) {
      disarm(entry);
      due.erase(entry);
    } else if (!due.contains(entry)) {
      const auto in_ticks = static_cast<uint32_t>(1 + prng.below(wheel_.ticks_max()));
      arm(entry, in_ticks);
      due[entry] = wheel_.now() + in_ticks;
    }
    if (prng.below(4) != 0) continue;
    const std::vector<uint32_t> expired = tick();
    std::vector<uint32_t> expected;
    for (const auto& [index, at] : due) {
      if (at == wheel_.now()) expected.push_back(index);
    }
    ASSERT_EQ(expired, expected) << "step " << step;
    for (const uint32_t index : expected) due.erase(index);
  }
}

}  // namespace
}  // namespace tocsin
