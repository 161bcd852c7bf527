#include "dispatcher/send/live_casts.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

constexpr AppId one{1};
constexpr AppId two{2};
constexpr uint64_t plenty = 1000;  // alive according to storage

TEST(LiveCasts, RefusesAnAppAtItsBoundAndNoOther) {
  LiveCasts casts(2);
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, plenty));
  EXPECT_TRUE(casts.admit(one, 0, 300, 100, plenty));
  EXPECT_FALSE(casts.admit(one, 0, 300, 100, plenty));
  EXPECT_TRUE(casts.admit(two, 0, 300, 100, plenty));
}

TEST(LiveCasts, ExpiryMakesRoom) {
  LiveCasts casts(1);
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, plenty));
  EXPECT_FALSE(casts.admit(one, 0, 400, 199, plenty));
  EXPECT_TRUE(casts.admit(one, 0, 400, 200, plenty));
}

TEST(LiveCasts, NowOrNeverIsNeverAlive) {
  LiveCasts casts(1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(casts.admit(one, 0, 100, 100, plenty));
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, plenty));
}

TEST(LiveCasts, CastsThatReachedEverybodyDoNotCount) {
  LiveCasts casts(1);
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, 0));
  EXPECT_TRUE(casts.admit(one, 0, 300, 100, 0));
  EXPECT_FALSE(casts.admit(one, 0, 300, 100, 1));
}

TEST(LiveCasts, AWithdrawnCastMakesRoom) {
  LiveCasts casts(1);
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, plenty));
  casts.withdraw(one, 200);
  EXPECT_TRUE(casts.admit(one, 0, 300, 100, plenty));
  casts.withdraw(two, 1);
  casts.withdraw(one, 1);
  EXPECT_FALSE(casts.admit(one, 0, 300, 100, plenty));
}

TEST(LiveCasts, AnAppMayHaveALowerBoundOfItsOwn) {
  LiveCasts casts(3);
  EXPECT_TRUE(casts.admit(one, 1, 200, 100, plenty));
  EXPECT_FALSE(casts.admit(one, 1, 200, 100, plenty));
  EXPECT_TRUE(casts.admit(one, 9, 200, 100, plenty));
  EXPECT_TRUE(casts.admit(one, 9, 200, 100, plenty));
  EXPECT_FALSE(casts.admit(one, 9, 200, 100, plenty));
}

}  // namespace
}  // namespace tocsin::dispatcher
