#include "drill/coordinator/server_fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::bench::drill {
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

}  // namespace
}  // namespace tocsin::bench::drill
