// What delivery conditions do to connected devices: over a real log, bus and store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/conditions.h"

#include "tests/unit/storage/world.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the world and its record builders
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint8_t unmetered = static_cast<uint8_t>(wire::Condition::unmetered);

class ConditionsTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.start();
    world_.append(app_created());
    for (uint32_t i = 1; i <= 2; ++i) world_.append(registered_on(i, i == 1 ? "ios" : "linux"));
  }
  static internal::Record registered_on(uint32_t number, const std::string& platform) {
    internal::Record record = registered(device_id(number));
    record.mutable_device_registered()->set_platform(platform);
    return record;
  }
  static internal::Record everyone(uint64_t id) {
    return to_everyone({id, wire::Priority::normal, wall_ms()});
  }
  static internal::Record for_unmetered(uint64_t id) {
    internal::Record record = everyone(id);
    record.mutable_message_accepted()
        ->mutable_envelope()
        ->mutable_conditions()
        ->set_device_conditions(unmetered);
    return record;
  }
  cluster::SessionGrant open(uint32_t number, uint8_t conditions = 0) {
    world_.gateway->take();
    world_.tell(
        cluster::SessionsOpened{{world_.session(number), app, device_id(number), conditions}});
    auto told = world_.gateway->take();
    EXPECT_EQ(told.grants.size(), 1u);
    return told.grants.empty() ? cluster::SessionGrant{} : told.grants[0];
  }

  TempFolder folder_;
  World world_{folder_.path()};
};

TEST_F(ConditionsTest, OnlyWhoMeetsTheConditionIsSentTheMessage) {
  open(1, unmetered);
  open(2);
  world_.append(for_unmetered(500));
  const auto told = world_.gateway->take();
  ASSERT_EQ(told.casts.size(), 1u);
  ASSERT_EQ(told.casts[0].to.size(), 1u);
  EXPECT_EQ(told.casts[0].to[0].slot, 1u);
  EXPECT_EQ(world_.books(500).pending, 2u);
}

TEST_F(ConditionsTest, TheMessageComesWhenTheConditionHolds) {
  const auto grant = open(2);
  world_.append(for_unmetered(500));
  world_.append(everyone(501));
  world_.gateway->take();
  const auto now_holds = [&](uint8_t conditions) {
    world_.tell(cluster::ConditionsChanged{{world_.session(2), grant.device, app, conditions}});
    return world_.gateway->take().delivers;
  };
  EXPECT_THAT(now_holds(2), IsEmpty()) << "charging is not what it waits for";
  const auto delivers = now_holds(3);
  ASSERT_EQ(delivers.size(), 1u);
  EXPECT_THAT(ids_of(delivers[0]), ElementsAre(500)) << "501 was not held back";
  EXPECT_EQ(delivers[0].session, world_.session(2));
  world_.ack(world_.session(2), grant.device, {500});
  now_holds(0);
  EXPECT_THAT(now_holds(1), IsEmpty()) << "it has it";
}

TEST_F(ConditionsTest, AConditionOfAnOlderSessionIsNotTheDevices) {
  const auto grant = open(2);
  world_.append(for_unmetered(500));
  world_.gateway->take();
  world_.tell(cluster::ConditionsChanged{{world_.session(2, 9), grant.device, app, unmetered}});
  EXPECT_THAT(world_.gateway->take().delivers, IsEmpty());
}

TEST_F(ConditionsTest, AReplayLooksAtThemToo) {
  world_.append(for_unmetered(500));
  world_.append(everyone(501));
  EXPECT_THAT(ids_of(open(1).replay), ElementsAre(501));
  world_.tell(cluster::SessionsClosed{{world_.session(1), {3, 0}}});
  EXPECT_THAT(ids_of(open(1, unmetered).replay), ElementsAre(500, 501));
}

TEST_F(ConditionsTest, EachPlatformGetsItsOwnFrame) {
  open(1);
  open(2);
  internal::Record record = everyone(500);
  auto& variant =
      *record.mutable_message_accepted()->mutable_envelope()->mutable_conditions()->add_variants();
  variant.set_platform("ios");
  variant.set_push_frame("for ios");
  world_.append(record);
  auto told = world_.gateway->take();
  ASSERT_EQ(told.casts.size(), 2u);
  for (const auto& cast : told.casts) {
    ASSERT_EQ(cast.to.size(), 1u);
    EXPECT_EQ(cast.envelope->push_frame, cast.to[0].slot == 1 ? "for ios" : "push 500");
  }
  world_.restart();
  const auto replay = open(1).replay;
  ASSERT_EQ(replay.envelopes.size(), 1u);
  EXPECT_EQ(replay.envelopes[0]->push_frame, "for ios");
}

TEST_F(ConditionsTest, AMessageToANamedDeviceWaitsAsWell) {
  const auto grant = open(1);
  internal::Record record = to_devices({500, wire::Priority::normal, wall_ms()}, {device_id(1)});
  record.mutable_message_accepted()
      ->mutable_envelope()
      ->mutable_conditions()
      ->set_device_conditions(2);
  world_.append(record);
  EXPECT_THAT(world_.gateway->take().casts, IsEmpty());
  world_.tell(cluster::ConditionsChanged{{world_.session(1), grant.device, app, 2}});
  EXPECT_EQ(world_.gateway->take().delivers.size(), 1u);
  world_.ack(world_.session(1), grant.device, {500});
  EXPECT_TRUE(world_.await_delivered(500, 1));
}

// One that sleeps or waits for Wi-Fi says nothing about the message.
TEST_F(ConditionsTest, ACanaryThatMayNotHaveItYetCannotBeReached) {
  open(1, unmetered);
  open(2);
  world_.append(rolled_out(for_unmetered(500), 500));
  world_.append(released(500, 1, 2, wall_ms()));
  const auto outcome =
      answer_of(*world_.storage, cluster::about<internal::CanariesQuestion>(app, MessageId{500}));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->reachable(), 1u);
  EXPECT_EQ(outcome->pending(), 2u);
}

TEST_F(ConditionsTest, AStepOfARolloutReachesWhoIsConnected) {
  open(1);
  open(2);
  world_.append(rolled_out(everyone(500)));
  EXPECT_THAT(world_.gateway->take().casts, IsEmpty());
  world_.append(released(500, 1, 1, wall_ms()));
  auto told = world_.gateway->take();
  ASSERT_EQ(told.casts.size(), 1u);
  ASSERT_EQ(told.casts[0].to.size(), 1u);
  const uint32_t first = told.casts[0].to[0].slot;
  world_.append(released(500, 2, 1, wall_ms()));
  told = world_.gateway->take();
  ASSERT_EQ(told.casts.size(), 1u);
  EXPECT_NE(told.casts[0].to[0].slot, first);
}

}  // namespace
}  // namespace tocsin::storage
