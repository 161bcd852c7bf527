#include "storage/sessions/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using testing::ElementsAre;
using testing::IsEmpty;
using wire::Priority;

// Replays over a real store, with the clock in the test's hand.
class ReplaysTest : public testing::Test {
 protected:
  ReplaysTest() {
    store_.apply(app_created());
    store_.apply(registered(device_id(1)));
  }
  void accept(uint64_t id, uint64_t ttl_ms, Priority priority = Priority::normal) {
    store_.apply(to_devices({id, priority, start_ms, ttl_ms, app}, {device_id(1)}));
  }
  Replays::Now at(uint64_t ms) const { return {store_.store->state().position, start_ms + ms}; }
  std::vector<uint64_t> next(uint64_t ms) {
    const auto replay = replays_.next(device_, at(ms));
    EXPECT_TRUE(replay.ok()) << replay.status();
    return ids(*replay);
  }
  static std::vector<uint64_t> ids(const cluster::Replay& replay) {
    std::vector<uint64_t> ids;
    for (const auto& envelope : replay.envelopes) ids.push_back(envelope->message.value);
    return ids;
  }

  TempFolder folder_;
  StoreUnderTest store_{folder_.path("db")};
  AckGatherer acks_;
  Backlog backlog_{*store_.messages, *store_.inbox, store_.live_casts, store_.names};
  Replays replays_{backlog_, acks_};
  const DeviceRef device_{3, 0};
  const cluster::SessionRef session_{1, 2, 3};
};

TEST_F(ReplaysTest, MessagesThatExpireInFlightMakeRoom) {
  for (uint64_t i = 0; i < limits::in_flight_max; ++i) accept(1 + i, 1000, Priority::high);
  accept(100, 3'600'000);
  const auto first = replays_.begin({device_, app, session_, {}}, at(0));
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first->more);
  EXPECT_THAT(replays_.release_expired(start_ms + 999), IsEmpty());
  EXPECT_THAT(replays_.release_expired(start_ms + 1000), ElementsAre(device_));
  EXPECT_THAT(next(1000), ElementsAre(100));
  EXPECT_FALSE(replays_.is_draining(device_));
}

TEST_F(ReplaysTest, WhatExpiresBeforeItsTurnIsLeftOut) {
  for (uint64_t i = 0; i < limits::in_flight_max + 4; ++i) accept(1 + i, i % 2 == 0 ? 10 : 9'000);
  const auto first = replays_.begin({device_, app, session_, {}}, at(10));
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first->more);
  EXPECT_EQ(first->envelopes.size(), (limits::in_flight_max + 4) / 2);
  EXPECT_EQ(first->as_of, store_.store->state().position);
}

TEST_F(ReplaysTest, TheLastBatchMayBeEmpty) {
  for (uint64_t i = 0; i <= limits::in_flight_max; ++i) accept(1 + i, 1000);
  ASSERT_TRUE(replays_.begin({device_, app, session_, {}}, at(0))->more);
  ASSERT_EQ(replays_.release_expired(start_ms + 1000).size(), 1u);
  const auto last = replays_.next(device_, at(1000));
  ASSERT_TRUE(last.ok());
  EXPECT_THAT(ids(*last), IsEmpty());
  EXPECT_FALSE(last->more);
}

TEST_F(ReplaysTest, AcknowledgedMessagesAreSkippedWhileTheirRecordIsOnItsWay) {
  for (uint64_t i = 0; i < limits::in_flight_max + 1; ++i) accept(1 + i, 9'000);
  acks_.add({MessageId{1}, app, device_, false});
  const auto first = replays_.begin({device_, app, session_, {}}, at(0));
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first->more);
  EXPECT_EQ(ids(*first).front(), 2u);
}

}  // namespace
}  // namespace tocsin::storage
