#include "dispatcher/send/cast_quota.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

constexpr AppId one{1};
constexpr AppId two{2};
constexpr uint64_t plenty = 1000;  // alive according to storage

TEST(CastQuota, RefusesAnAppAtItsBoundAndNoOther) {
  CastQuota casts(2);
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, plenty));
  EXPECT_TRUE(casts.admit(one, 0, 300, 100, plenty));
  EXPECT_FALSE(casts.admit(one, 0, 300, 100, plenty));
  EXPECT_TRUE(casts.admit(two, 0, 300, 100, plenty));
}

TEST(CastQuota, ExpiryMakesRoom) {
  CastQuota casts(1);
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, plenty));
  EXPECT_FALSE(casts.admit(one, 0, 400, 199, plenty));
  EXPECT_TRUE(casts.admit(one, 0, 400, 200, plenty));
}

TEST(CastQuota, NowOrNeverIsNeverAlive) {
  CastQuota casts(1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(casts.admit(one, 0, 100, 100, plenty));
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, plenty));
}

TEST(CastQuota, CastsThatReachedEverybodyDoNotCount) {
  CastQuota casts(1);
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, 0));
  EXPECT_TRUE(casts.admit(one, 0, 300, 100, 0));
  EXPECT_FALSE(casts.admit(one, 0, 300, 100, 1));
}

TEST(CastQuota, AWithdrawnCastMakesRoom) {
  CastQuota casts(1);
  EXPECT_TRUE(casts.admit(one, 0, 200, 100, plenty));
  casts.withdraw(one, 200);
  EXPECT_TRUE(casts.admit(one, 0, 300, 100, plenty));
  casts.withdraw(two, 1);
  casts.withdraw(one, 1);
  EXPECT_FALSE(casts.admit(one, 0, 300, 100, plenty));
}

TEST(CastQuota, AnAppMayHaveALowerBoundOfItsOwn) {
  CastQuota casts(3);
  EXPECT_TRUE(casts.admit(one, 1, 200, 100, plenty));
  EXPECT_FALSE(casts.admit(one, 1, 200, 100, plenty));
  EXPECT_TRUE(casts.admit(one, 9, 200, 100, plenty));
  EXPECT_TRUE(casts.admit(one, 9, 200, 100, plenty));
  EXPECT_FALSE(casts.admit(one, 9, 200, 100, plenty));
}

}  // namespace
}  // namespace tocsin::dispatcher
