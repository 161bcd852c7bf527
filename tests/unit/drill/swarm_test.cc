// The swarm against a gateway that can misbehave: what it tells must be the truth.
#include "drill/fleet/swarm.h"

#include <functional>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/limits.h"
#include "drill/fleet/arrivals.h"
#include "harness/files.h"

#include "tests/unit/drill/test_gateway.h"

namespace tocsin::bench::drill {
namespace {

using testing::HasSubstr;

constexpr uint32_t devices = 40;
constexpr uint64_t patience_ms = 20'000;
constexpr uint64_t minute_ns = 60'000'000'000;

class SwarmTest : public testing::Test {
 protected:
  SwarmTest() {
    plan_.share.count = devices;
    plan_.rounds = 3;
    plan_.handshakes = 8;
    plan_.spread_sources = true;
    plan_.seed = 4711;
    plan_.gateways = {door_of(gateway_, devices)};
    plan_.app = "drill";
    plan_.mark = "m";
  }
  static Gateway door_of(const TestGateway& gateway, uint32_t count) {
    return {count, "127.0.0.1", "127.0.0.1", gateway.port(), gateway.ca_pem(), {}};
  }

  void start() {
    auto swarm = Swarm::create(plan_, *book_, monotonic_ms());
    ASSERT_TRUE(swarm.ok()) << swarm.status().ToString();
    swarm_ = *std::move(swarm);
  }

  // Run the swarm until `is_done`; false when patience ends first.
  bool run_until(const std::function<bool()>& is_done) {
    const uint64_t deadline_ms = monotonic_ms() + patience_ms;
    while (!is_done()) {
      if (monotonic_ms() >= deadline_ms) return false;
      if (!swarm_->serve(Swarm::tick_ms).ok()) return false;
    }
    return true;
  }
  bool run_until_all_live() {
    return run_until([this] { return swarm_->status().live == devices; });
  }
  RoundTally tally(uint32_t round) const {
    return tally_round(*book_, round, {start_ns_, minute_ns}, plan_.stuck_percent);
  }

  TempDir folder_ = *TempDir::create();
  TestGateway gateway_{folder_.path() + "/tls"};
  Plan plan_;
  absl::StatusOr<ArrivalBook> book_ = ArrivalBook::create(devices, 3);
  std::unique_ptr<Swarm> swarm_;
  uint64_t start_ns_ = monotonic_ns();
};

TEST_F(SwarmTest, EveryDeviceGetsTheAlertAndAcknowledgesIt) {
  start();
  ASSERT_TRUE(run_until_all_live()) << swarm_->status().last_failure;
  gateway_.push("m 1", 77, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(1) == devices; }));
  ASSERT_TRUE(run_until([this] { return gateway_.acks() == devices; }));
  const RoundTally told = tally(1);
  EXPECT_EQ(told.expected, devices);
  EXPECT_EQ(told.delivered, devices);
  EXPECT_EQ(told.app_duplicates + told.wire_duplicates, 0u);
  for (const uint64_t wait_ns : told.waits_ns) EXPECT_GT(wait_ns, 0u);
  const WorkerStatus status = swarm_->status();
  EXPECT_EQ(status.handshakes, devices);
  EXPECT_EQ(status.failures, 0u);
  EXPECT_EQ(tally(0).delivered, 0u);
}

TEST_F(SwarmTest, ItTicksSeldomWhenNothingHasHappenedForLong) {
  start();
  const uint64_t later_ms = monotonic_ms() + 2 * limits::device_ack_spread_ms_max;
  EXPECT_EQ(swarm_->wait_ms(later_ms), Swarm::tick_ms) << "devices are still to connect";
  ASSERT_TRUE(run_until_all_live());
  EXPECT_EQ(swarm_->wait_ms(monotonic_ms()), Swarm::tick_ms);
  EXPECT_EQ(swarm_->wait_ms(later_ms), Swarm::quiet_tick_ms);
}

TEST_F(SwarmTest, AMessageSentTwiceIsTwiceOnTheWireAndOnceToTheApp) {
  start();
  ASSERT_TRUE(run_until_all_live());
  gateway_.push("m 0", 5, [](size_t) { return true; });
  gateway_.push("m 0", 5, [](size_t place) { return place < 3; });
  gateway_.push("m 1", 6, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(1) == devices; }));
  EXPECT_EQ(tally(0).delivered, devices);
  EXPECT_EQ(tally(0).wire_duplicates, 3u);
  EXPECT_EQ(tally(0).app_duplicates, 0u);
}

TEST_F(SwarmTest, TwoMessagesForOneAlertAreADuplicateToTheApp) {
  start();
  ASSERT_TRUE(run_until_all_live());
  gateway_.push("m 0", 5, [](size_t) { return true; });
  gateway_.push("m 0", 6, [](size_t place) { return place == 0; });
  gateway_.push("m 1", 7, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(1) == devices; }));
  EXPECT_EQ(tally(0).app_duplicates, 1u);
}

TEST_F(SwarmTest, ADeviceThatIsLeftOutIsMissing) {
  start();
  ASSERT_TRUE(run_until_all_live());
  gateway_.push("m 0", 5, [](size_t place) { return place != 7; });
  gateway_.push("m 1", 6, [](size_t) { return true; });  // in order, after the other
  ASSERT_TRUE(run_until([this] { return book_->got(1) == devices; }));
  EXPECT_EQ(tally(0).expected - tally(0).delivered, 1u);
}

TEST_F(SwarmTest, DevicesGoToTheGatewayTheyBelongTo) {
  constexpr uint32_t first_devices = 15;
  TestGateway other(folder_.path() + "/other");
  plan_.gateways = {door_of(gateway_, first_devices), door_of(other, devices - first_devices)};
  start();
  ASSERT_TRUE(run_until_all_live()) << swarm_->status().last_failure;
  EXPECT_EQ(gateway_.live(), first_devices);
  EXPECT_EQ(other.live(), devices - first_devices);
  other.push("m 0", 5, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(0) == devices - first_devices; }));
  for (uint32_t device = 0; device < devices; ++device) {
    EXPECT_EQ(book_->at(0, device).to_app, device < first_devices ? 0u : 1u) << device;
  }
}

TEST_F(SwarmTest, WhatStuckDevicesLeaveUnreadIsCounted) {
  plan_.stuck_percent = 25;
  start();
  ASSERT_TRUE(run_until_all_live());
  swarm_->look_at_stuck();
  EXPECT_EQ(swarm_->status().stuck_unread_bytes, 0u);
  gateway_.push("m 0", 5, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(0) == devices - devices / 4; }));
  ASSERT_TRUE(run_until([this] {
    swarm_->look_at_stuck();
    return swarm_->status().stuck_unread_bytes >= devices / 4 * 20;
  }));
}

TEST_F(SwarmTest, WithoutBeingToldEveryHandshakeIsFull) {
  start();
  ASSERT_TRUE(run_until_all_live());
  EXPECT_EQ(swarm_->status().handshakes, devices);
  EXPECT_EQ(swarm_->status().resumed, 0u);
}

TEST_F(SwarmTest, TheFirstDeviceFetchesTheTicketTheOthersResumeWith) {
  plan_.resume_percent = 100;
  plan_.handshakes = 1;
  start();
  ASSERT_TRUE(run_until_all_live()) << swarm_->status().last_failure;
  EXPECT_EQ(swarm_->status().handshakes, devices);
  EXPECT_EQ(swarm_->status().resumed, devices - 1);
  gateway_.push("m 0", 5, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(0) == devices; }));
}

TEST_F(SwarmTest, AsManyResumeAsAskedFor) {
  plan_.resume_percent = 50;
  plan_.handshakes = 1;
  start();
  ASSERT_TRUE(run_until_all_live());
  // The first, which has no ticket yet, is not one of those that would resume anyway.
  EXPECT_EQ(swarm_->status().resumed, devices / 2);
}

TEST_F(SwarmTest, EachGatewayHasATicketOfItsOwn) {
  TestGateway other(folder_.path() + "/other");
  plan_.gateways = {door_of(gateway_, devices / 2), door_of(other, devices / 2)};
  plan_.resume_percent = 100;
  plan_.handshakes = 1;
  start();
  ASSERT_TRUE(run_until_all_live()) << swarm_->status().last_failure;
  EXPECT_EQ(swarm_->status().resumed, devices - 2);
}

TEST_F(SwarmTest, DevicesThatComeBackResumeToo) {
  plan_.resume_percent = 100;
  plan_.handshakes = 1;
  start();
  ASSERT_TRUE(run_until_all_live());
  gateway_.drop_all();
  ASSERT_TRUE(run_until([this] { return swarm_->status().reconnects == devices; }))
      << swarm_->status().last_failure;
  EXPECT_EQ(swarm_->status().resumed, 2 * devices - 1);
}

TEST_F(SwarmTest, StuckDevicesNeverRead) {
  plan_.stuck_percent = 25;
  start();
  ASSERT_TRUE(run_until_all_live());
  gateway_.push("m 0", 5, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(0) == devices - devices / 4; }));
  EXPECT_EQ(tally(0).delivered, devices - devices / 4);
  EXPECT_EQ(tally(0).expected, devices - devices / 4);
  uint32_t touched = 0;
  for (uint32_t device = 0; device < devices; ++device) {
    touched += book_->at(0, device).on_wire > 0 ? 1 : 0;
  }
  EXPECT_EQ(touched, devices - devices / 4);
}

TEST_F(SwarmTest, DevicesThatLoseTheServerComeBackAsThemselves) {
  start();
  ASSERT_TRUE(run_until_all_live());
  gateway_.push("m 0", 5, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(0) == devices; }));
  gateway_.drop_all();
  ASSERT_TRUE(run_until([this] { return swarm_->status().reconnects == devices; }))
      << swarm_->status().live << " live, " << swarm_->status().last_failure;
  // Sent again to the sessions that are new: the app must not see it twice.
  gateway_.push("m 0", 5, [](size_t) { return true; });
  gateway_.push("m 1", 6, [](size_t) { return true; });
  ASSERT_TRUE(run_until([this] { return book_->got(1) == devices; }));
  EXPECT_EQ(tally(0).wire_duplicates, devices);
  EXPECT_EQ(tally(0).app_duplicates, 0u);
  EXPECT_EQ(gateway_.hellos(), 2u * devices);
}

TEST_F(SwarmTest, AWrongAppIsGivenUpWithTheServersWords) {
  gateway_.refuse(wire::Error::Reason::unknown_app);
  start();
  ASSERT_TRUE(run_until([this] { return swarm_->status().given_up == devices; }));
  EXPECT_EQ(swarm_->status().failures, devices);
  EXPECT_THAT(swarm_->status().last_failure, HasSubstr("refused by the test"));
}

TEST_F(SwarmTest, AServerOfAnotherAuthorityIsNotTrusted) {
  const TempDir other = *TempDir::create();
  plan_.gateways[0].ca_pem = runtime::load_or_make_dev_certificates(other.path())->ca_pem;
  start();
  ASSERT_TRUE(run_until([this] { return swarm_->status().failures > 0; }));
  EXPECT_THAT(swarm_->status().last_failure, HasSubstr("certificate"));
  EXPECT_EQ(swarm_->status().live, 0u);
}

TEST_F(SwarmTest, NobodyListening) {
  TestGateway* gone = new TestGateway(folder_.path() + "/gone");
  plan_.gateways[0].port = gone->port();
  delete gone;
  start();
  ASSERT_TRUE(run_until([this] { return swarm_->status().failures >= devices; }));
  EXPECT_THAT(swarm_->status().last_failure, HasSubstr("refused"));
}

TEST_F(SwarmTest, PlansThatCannotWorkAreRefused) {
  plan_.gateways[0].address = "localhost";
  EXPECT_FALSE(Swarm::create(plan_, *book_, 0).ok());
  plan_.gateways[0] = door_of(gateway_, devices - 1);
  EXPECT_FALSE(Swarm::create(plan_, *book_, 0).ok());
  plan_.gateways = {};
  EXPECT_FALSE(Swarm::create(plan_, *book_, 0).ok());
  plan_.gateways = {door_of(gateway_, devices)};
  plan_.gateways[0].ca_pem = "no certificate";
  EXPECT_FALSE(Swarm::create(plan_, *book_, 0).ok());
}

}  // namespace
}  // namespace tocsin::bench::drill
