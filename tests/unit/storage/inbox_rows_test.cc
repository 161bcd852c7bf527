// What waits in inboxes, when storage remembers how much and when it has forgotten.
#include "storage/apply/inbox_rows.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/prng.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using testing::IsEmpty;

// Two stores that apply the same records; one forgets its tallies before each.
class InboxRowsTest : public testing::Test {
 protected:
  InboxRowsTest() {
    apply(app_created());
    for (uint32_t number = 0; number < devices; ++number) apply(registered(device_id(number)));
  }

  void apply(const internal::Record& record) {
    remembers_.apply(record);
    forgets_.inbox_tallies = {};
    forgets_.apply(record);
  }

  // Ids come in any order, times go back now and then.
  void send() {
    const wire::Priority lanes[] = {wire::Priority::normal, wire::Priority::normal,
                                    wire::Priority::low, wire::Priority::alert};
    const uint64_t ttls_ms[] = {0, 40, 5'000, 3'600'000, 3'600'000, 3'600'000};
    now_ms_ += prng_.below(8);
    const uint64_t late_ms = prng_.below(10) == 0 ? prng_.below(60) : 0;
    ids_.push_back(1 + prng_.below(1'000'000));
    const MessageOf message{ids_.back(), lanes[prng_.below(std::size(lanes))], now_ms_ - late_ms,
                            ttls_ms[prng_.below(std::size(ttls_ms))], app};
    std::vector<DeviceId> to;
    for (uint32_t number = 0; number < devices; ++number) {
      if (prng_.below(3) > 0) to.push_back(device_id(number));
    }
    const std::string key = prng_.below(4) == 0 ? "k" + std::to_string(prng_.below(3)) : "";
    apply(collapsing(to_devices(message, to), key));
  }

  // Also of messages that were dropped, replaced or acknowledged before.
  void acknowledge() {
    const std::vector<DeviceRef> one{{3, static_cast<uint32_t>(prng_.below(devices))}};
    const bool opened = prng_.below(3) == 0;
    const bool both = prng_.below(3) == 0;
    apply(delivered(some_id(), !opened || both ? one : std::vector<DeviceRef>{},
                    opened ? one : std::vector<DeviceRef>{}));
  }

  uint64_t some_id() {
    return ids_[ids_.size() - 1 - prng_.below(std::min<size_t>(ids_.size(), 300))];
  }

  static constexpr uint32_t devices = 3;
  TempFolder folder_;
  Prng prng_{29};
  uint64_t now_ms_ = start_ms;
  std::vector<uint64_t> ids_;
  StoreUnderTest remembers_{folder_.path("remembers")};
  StoreUnderTest forgets_{folder_.path("forgets")};
};

TEST_F(InboxRowsTest, TheSameIsDroppedWhetherOrNotStorageRemembersHowMuchWaits) {
  for (int i = 0; i < 3'000; ++i) {
    switch (prng_.below(24)) {
      case 0:
        if (!ids_.empty()) apply(recalled(some_id(), now_ms_, 2'000'000 + i));
        break;
      case 1:
      case 2:
      case 3:
      case 4:
        if (!ids_.empty()) acknowledge();
        break;
      default:
        send();
    }
  }
  EXPECT_THAT(differences(remembers_.dump(), forgets_.dump()), IsEmpty());
  uint64_t dropped = 0;
  for (const uint64_t id : ids_) dropped += remembers_.books(id, now_ms_).dropped();
  EXPECT_GT(dropped, limits::inbox_messages_max);
}

TEST_F(InboxRowsTest, ADeviceThatIsDeletedLeavesNothingToCount) {
  for (int i = 0; i < 300; ++i) send();
  apply(deleted(device_id(0), now_ms_));
  for (int i = 0; i < 300; ++i) send();
  EXPECT_THAT(differences(remembers_.dump(), forgets_.dump()), IsEmpty());
}

TEST(InboxTallyTest, HoldsUntilTheFirstOfItsMessagesExpires) {
  InboxTally tally(100);
  tally.add({1, MessageId{5}}, 300, 100);
  tally.add({2, MessageId{6}}, 200, 100);
  EXPECT_EQ(tally.waiting(), 2u);
  EXPECT_EQ(tally.lowest_lane(), 2);
  EXPECT_TRUE(tally.holds_at(100));
  EXPECT_TRUE(tally.holds_at(199));
  EXPECT_FALSE(tally.holds_at(200));
  EXPECT_FALSE(tally.holds_at(99)) << "rows that had expired then may count at an earlier time";
}

TEST(InboxTallyTest, NowOrNeverIsNotCounted) {
  InboxTally tally(100);
  tally.add({1, MessageId{5}}, 120, 120);
  EXPECT_EQ(tally.waiting(), 0u);
  tally.remove({1, MessageId{5}}, 120);
  EXPECT_EQ(tally.waiting(), 0u);
  EXPECT_TRUE(tally.holds_at(120));
  EXPECT_FALSE(tally.holds_at(119)) << "it counts then";
}

TEST(InboxTallyTest, AFloorIsBeforeTheFirstMessageOfItsLane) {
  InboxTally tally(100);
  tally.add({1, MessageId{9}}, 300, 100);
  tally.add({1, MessageId{5}}, 300, 100);
  EXPECT_EQ(tally.floor(1).message.value, 5u);
  tally.remove({1, MessageId{5}}, 300);
  EXPECT_EQ(tally.floor(1).message.value, 6u);
  tally.add({1, MessageId{3}}, 300, 100);
  EXPECT_EQ(tally.floor(1).message.value, 3u);
}

}  // namespace
}  // namespace tocsin::storage
