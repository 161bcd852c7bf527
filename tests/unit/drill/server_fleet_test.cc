#include "drill/server_fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::drill {
namespace {

using testing::ElementsAre;

TEST(SpawnArgumentsTest, OneServerGetsWhatIsGiven) {
  EXPECT_THAT(spawn_arguments({"--heartbeat_s", "60"}, 1), ElementsAre("--heartbeat_s", "60"));
}

TEST(SpawnArgumentsTest, OneOfManyIsKeptSmallUnlessTheUserSaysOtherwise) {
  EXPECT_THAT(spawn_arguments({}, 4), ElementsAre("--gateway_shards", "1", "--handshake_threads",
                                                  "1", "--log_level", "warning"));
  EXPECT_THAT(spawn_arguments({"--gateway_shards=2", "--log_level", "info"}, 4),
              ElementsAre("--handshake_threads", "1", "--gateway_shards=2", "--log_level", "info"));
}

TEST(MetricTest, IsSummedOverItsLabelsAndNotMixedWithItsNamesake) {
  const char* text =
      "# HELP tocsin_slow_total closed\n"
      "# TYPE tocsin_slow_total counter\n"
      "tocsin_slow_total{shard=\"0\"} 3\n"
      "tocsin_slow_total{shard=\"1\"} 4\n"
      "tocsin_slow_total_of_all 100\n"
      "tocsin_up 1\n";
  EXPECT_EQ(metric_in(text, "tocsin_slow_total"), 7);
  EXPECT_EQ(metric_in(text, "tocsin_up"), 1);
  EXPECT_EQ(metric_in(text, "tocsin_slow"), std::nullopt);
  EXPECT_EQ(metric_in("", "tocsin_up"), std::nullopt);
  const std::string shards =
      "x_sum{priority=\"alert\",shard=\"0\"} 0.5\nx_sum{priority=\"low\",shard=\"0\"} 7\n"
      "x_sum{priority=\"alert\",shard=\"1\"} 0.25\nx_summary{priority=\"alert\"} 9\n";
  EXPECT_EQ(metrics_in(shards, "x_sum", "priority=\"alert\""), (std::vector<double>{0.5, 0.25}));
}

}  // namespace
}  // namespace tocsin::drill
