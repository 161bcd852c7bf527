#include "drill/fleet_plan.h"

#include <functional>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::drill {
namespace {

using testing::HasSubstr;

MachineFacts big_machine() {
  MachineFacts facts;
  facts.cpus = 64;
  facts.files_per_process = 1'000'000;
  facts.files_of_server = 2'000'000;
  facts.files_of_system = 10'000'000;
  facts.local_ports = 28'232;
  facts.memory_bytes = uint64_t{256} << 30;
  return facts;
}

uint64_t total(const std::vector<Share>& shares) {
  uint64_t next = 0;
  for (const Share& share : shares) {
    EXPECT_EQ(share.first, next);
    EXPECT_LE(share.count, devices_per_worker_max);
    EXPECT_GT(share.count, 0u);
    next += share.count;
  }
  return next;
}

TEST(FleetPlanTest, SharesCoverTheFleetWithoutAGap) {
  for (const uint64_t devices : {1, 999, 4'001, 18'000, 18'001, 1'000'003}) {
    const auto shares = plan_fleet(devices, 0, big_machine());
    ASSERT_TRUE(shares.ok()) << shares.status().ToString();
    EXPECT_EQ(total(*shares), devices);
  }
}

TEST(FleetPlanTest, TakesOneWorkerOnASmallMachineAndMoreWhenTheyAreNeeded) {
  MachineFacts facts = big_machine();
  facts.cpus = 2;
  EXPECT_EQ(plan_fleet(18'000, 0, facts)->size(), 1u);
  EXPECT_EQ(plan_fleet(18'001, 0, facts)->size(), 2u);
  facts.cpus = 8;
  EXPECT_EQ(plan_fleet(1'000, 0, facts)->size(), 1u);
  EXPECT_EQ(plan_fleet(18'000, 0, facts)->size(), 4u);
}

TEST(FleetPlanTest, ObeysTheNumberOfWorkersAskedForButMakesNoIdleOnes) {
  EXPECT_EQ(plan_fleet(1'000, 3, big_machine())->size(), 3u);
  EXPECT_EQ(plan_fleet(2, 3, big_machine())->size(), 2u);
}

struct Obstacle {
  const char* reason;
  uint64_t devices_max;
  uint32_t workers;
  std::function<void(MachineFacts&)> put_in_the_way;
};

void PrintTo(const Obstacle& obstacle, std::ostream* out) { *out << obstacle.reason; }

class ObstacleTest : public testing::TestWithParam<Obstacle> {};

TEST_P(ObstacleTest, IsNamedWithTheLargestFleetThatFits) {
  const Obstacle& obstacle = GetParam();
  MachineFacts facts = big_machine();
  obstacle.put_in_the_way(facts);
  const auto refused = plan_fleet(obstacle.devices_max + 1, obstacle.workers, facts);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  const std::string message(refused.status().message());
  EXPECT_THAT(message, HasSubstr(obstacle.reason));
  EXPECT_THAT(message, HasSubstr("at most " + std::to_string(obstacle.devices_max) + " devices"));
  const auto fits = plan_fleet(obstacle.devices_max, obstacle.workers, facts);
  ASSERT_TRUE(fits.ok()) << fits.status().ToString();
  EXPECT_EQ(total(*fits), obstacle.devices_max);
}

INSTANTIATE_TEST_SUITE_P(
    AllLimits, ObstacleTest,
    testing::Values(Obstacle{"the server's process may not open", 18'464, 0,
                             [](MachineFacts& facts) { facts.files_of_server = 20'000; }},
                    Obstacle{"so many workers", 36'000, 2, [](MachineFacts&) {}},
                    Obstacle{"fs.file-max", 2'952, 0,
                             [](MachineFacts& facts) { facts.files_of_system = 10'000; }},
                    Obstacle{"ip_local_port_range", 27'232, 0,
                             [](MachineFacts& facts) { facts.loopback = false; }},
                    Obstacle{"ip_local_port_range", 4'000, 0,
                             [](MachineFacts& facts) { facts.local_ports = 5'000; }},
                    Obstacle{"12 KB of memory", 65'536, 0,
                             [](MachineFacts& facts) { facts.memory_bytes = uint64_t{1} << 30; }}));

TEST(StuckTest, ExactlyThePercentageSpreadOverTheFleet) {
  for (const uint32_t percent : {0u, 1u, 10u, 33u, 90u}) {
    uint64_t stuck = 0;
    for (uint64_t index = 0; index < 12'345; ++index) stuck += is_stuck(index, percent) ? 1 : 0;
    EXPECT_EQ(stuck, stuck_among(12'345, percent));
  }
  EXPECT_EQ(stuck_among(1000, 10), 100u);
}

TEST(SourceTest, ChangesBeforeThePortsOfOneAddressRunOut) {
  EXPECT_EQ(source_of(0), 1);
  EXPECT_EQ(source_of(devices_per_source_max - 1), 1);
  EXPECT_EQ(source_of(devices_per_source_max), 2);
  EXPECT_EQ(source_of(uint64_t{devices_per_source_max} * sources_max - 1), 250);
}

}  // namespace
}  // namespace tocsin::drill
