#include "drill/coordinator/fleet_plan.h"

#include <functional>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::bench::drill {
namespace {

using testing::ElementsAre;
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
    for (const uint32_t servers : {0, 1, 7}) {
      const auto plan = plan_fleet({devices, 0, servers}, big_machine());
      ASSERT_TRUE(plan.ok()) << plan.status().ToString();
      EXPECT_EQ(plan->devices, devices);
      EXPECT_EQ(total(plan->workers), devices);
      uint64_t next = 0;
      for (const Share& share : plan->servers) {
        EXPECT_EQ(share.first, next);
        next += share.count;
      }
      EXPECT_EQ(next, devices);
    }
  }
}

TEST(FleetPlanTest, TakesOneWorkerOnASmallMachineAndMoreWhenTheyAreNeeded) {
  MachineFacts facts = big_machine();
  facts.cpus = 2;
  EXPECT_EQ(plan_fleet({18'000}, facts)->workers.size(), 1u);
  EXPECT_EQ(plan_fleet({18'001}, facts)->workers.size(), 2u);
  facts.cpus = 8;
  EXPECT_EQ(plan_fleet({1'000}, facts)->workers.size(), 1u);
  EXPECT_EQ(plan_fleet({18'000}, facts)->workers.size(), 4u);
}

TEST(FleetPlanTest, ObeysTheNumberOfWorkersAskedForButMakesNoIdleOnes) {
  EXPECT_EQ(plan_fleet({1'000, 3}, big_machine())->workers.size(), 3u);
  EXPECT_EQ(plan_fleet({2, 3}, big_machine())->workers.size(), 2u);
}

TEST(FleetPlanTest, TakesAsManyServersAsOpenFilesDemandEachWithAWorkerOfItsOwn) {
  MachineFacts facts = big_machine();
  facts.files_per_process = 20'000;
  facts.files_of_server = 20'000;
  const auto one = plan_fleet({18'464, 0, 0}, facts);
  EXPECT_EQ(one->servers.size(), 1u);
  const auto million = plan_fleet({1'000'000, 0, 0}, facts);
  ASSERT_TRUE(million.ok()) << million.status().ToString();
  EXPECT_EQ(million->servers.size(), 56u);
  EXPECT_EQ(million->servers, million->workers);
  facts.files_of_server = 2'000'000;
  EXPECT_EQ(plan_fleet({1'000'000, 0, 0}, facts)->servers.size(), 1u);
}

TEST(FleetPlanTest, SeveralServersHaveAWorkerEachEvenIfFewDevices) {
  const auto plan = plan_fleet({400, 0, 4}, big_machine());
  EXPECT_EQ(plan->servers.size(), 4u);
  EXPECT_EQ(plan->servers, plan->workers);
  EXPECT_EQ(plan_fleet({2, 0, 4}, big_machine())->servers.size(), 2u);
}

TEST(FleetPlanTest, TheLargestThatFitsIsPlannedAndSaysWhy) {
  MachineFacts facts = big_machine();
  facts.files_of_server = 20'000;
  const auto plan = plan_fleet({50'000, 0, 2, true}, facts);
  ASSERT_TRUE(plan.ok()) << plan.status().ToString();
  EXPECT_EQ(plan->devices, 36'928u);
  EXPECT_EQ(total(plan->workers), 36'928u);
  EXPECT_THAT(plan->limited_by, HasSubstr("at most 36928 devices, not 50000"));
  EXPECT_EQ(plan_fleet({36'928, 0, 2, true}, facts)->limited_by, "");
  facts.files_of_server = 100;
  EXPECT_FALSE(plan_fleet({10, 0, 2, true}, facts).ok());
}

TEST(FleetPlanTest, MemoryOfServersAndWorkersIsInThePlan) {
  MachineFacts facts = big_machine();
  facts.memory_bytes = uint64_t{4} << 30;
  const uint64_t with_one = plan_fleet({10'000'000, 20, 1, true}, facts)->devices;
  const uint64_t with_twenty = plan_fleet({10'000'000, 20, 20, true}, facts)->devices;
  const uint64_t room = facts.memory_bytes / 4 * 3;
  EXPECT_LE(with_one * device_bytes + server_bytes + 20 * worker_bytes, room);
  EXPECT_LE(with_twenty * device_bytes + 20 * (server_bytes + worker_bytes), room);
  EXPECT_GE(with_one - with_twenty, 19 * server_bytes / device_bytes - 1);
}

TEST(FleetPlanTest, OverlapsAreWhatAShareHasOfEachPart) {
  const std::vector<Share> parts = {{0, 10}, {10, 10}, {20, 10}};
  EXPECT_THAT(overlaps_of({5, 20}, parts),
              ElementsAre(Overlap{0, {5, 5}}, Overlap{1, {10, 10}}, Overlap{2, {20, 5}}));
  EXPECT_THAT(overlaps_of({10, 10}, parts), ElementsAre(Overlap{1, {10, 10}}));
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
  const auto refused = plan_fleet({obstacle.devices_max + 1, obstacle.workers}, facts);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  const std::string message(refused.status().message());
  EXPECT_THAT(message, HasSubstr(obstacle.reason));
  EXPECT_THAT(message, HasSubstr("at most " + std::to_string(obstacle.devices_max) + " devices"));
  const auto fits = plan_fleet({obstacle.devices_max, obstacle.workers}, facts);
  ASSERT_TRUE(fits.ok()) << fits.status().ToString();
  EXPECT_EQ(total(fits->workers), obstacle.devices_max);
}

INSTANTIATE_TEST_SUITE_P(
    AllLimits, ObstacleTest,
    testing::Values(Obstacle{"the server's process may not open", 18'464, 0,
                             [](MachineFacts& facts) { facts.files_of_server = 20'000; }},
                    Obstacle{"that many workers", 36'000, 2, [](MachineFacts&) {}},
                    Obstacle{"fs.file-max", 2'952, 0,
                             [](MachineFacts& facts) { facts.files_of_system = 10'000; }},
                    Obstacle{"ip_local_port_range", 27'232, 0,
                             [](MachineFacts& facts) { facts.loopback = false; }},
                    Obstacle{"ip_local_port_range", 4'000, 0,
                             [](MachineFacts& facts) { facts.local_ports = 5'000; }},
                    Obstacle{"KB of memory", 10'000, 1, [](MachineFacts& facts) {
                               facts.memory_bytes =
                                   (10'000 * device_bytes + server_bytes + worker_bytes) / 3 * 4;
                             }}));

TEST(StuckTest, ExactlyThePercentageSpreadOverTheFleet) {
  for (const uint32_t percent : {0u, 1u, 10u, 33u, 90u}) {
    uint64_t stuck = 0;
    for (uint64_t index = 0; index < 12'345; ++index)
      stuck += is_of_percent(index, percent) ? 1 : 0;
    EXPECT_EQ(stuck, number_of_percent(12'345, percent));
  }
  EXPECT_EQ(number_of_percent(1000, 10), 100u);
}

TEST(SourceTest, ChangesBeforeThePortsOfOneAddressRunOut) {
  EXPECT_EQ(source_of(0), 1);
  EXPECT_EQ(source_of(devices_per_source_max - 1), 1);
  EXPECT_EQ(source_of(devices_per_source_max), 2);
  EXPECT_EQ(source_of(uint64_t{devices_per_source_max} * sources_max - 1), 250);
}

}  // namespace
}  // namespace tocsin::bench::drill
