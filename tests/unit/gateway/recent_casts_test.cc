#include "gateway/recent_casts.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tocsin::gateway {
namespace {

std::vector<cluster::Position> behind(const RecentCasts& recent, cluster::Position position) {
  std::vector<cluster::Position> found;
  recent.each_behind(position, [&](const cluster::Cast& cast) { found.push_back(cast.position); });
  return found;
}

cluster::Cast at(cluster::Position position) {
  cluster::Cast cast;
  cast.position = position;
  return cast;
}

TEST(RecentCastsTest, OffersWhatIsBehindAPositionOldestFirst) {
  RecentCasts recent;
  for (const cluster::Position position : {3, 5, 9}) recent.add(at(position), 0);
  EXPECT_EQ(behind(recent, 2), (std::vector<cluster::Position>{3, 5, 9}));
  EXPECT_EQ(behind(recent, 5), std::vector<cluster::Position>{9});
  EXPECT_TRUE(behind(recent, 9).empty());
}

TEST(RecentCastsTest, SaysWhenItHasForgottenWhatWouldBeNeeded) {
  RecentCasts recent;
  recent.add(at(3), 0);
  recent.add(at(7), 1000);
  recent.expire(RecentCasts::age_ms_max);
  EXPECT_FALSE(recent.covers(2));
  EXPECT_TRUE(recent.covers(3));
  EXPECT_EQ(behind(recent, 3), std::vector<cluster::Position>{7});
}

TEST(RecentCastsTest, StaysWithinItsBound) {
  RecentCasts recent;
  for (cluster::Position i = 1; i <= limits::recent_casts_max + 10; ++i) {
    recent.add(at(i), 0);
  }
  EXPECT_FALSE(recent.covers(9));
  EXPECT_TRUE(recent.covers(10));
  EXPECT_EQ(behind(recent, 0).size(), limits::recent_casts_max);
}

}  // namespace
}  // namespace tocsin::gateway
