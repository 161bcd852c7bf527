#include "storage/tables/idempotency.h"

#include <gtest/gtest.h>

#include "base/limits.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders

class IdempotencyTest : public testing::Test {
 protected:
  IdempotencyTest() { store_.apply(app_created()); }

  static MessageOf message(uint64_t id, uint64_t at_ms = start_ms) {
    return {id, wire::Priority::normal, at_ms, 3'600'000, app};
  }
  std::optional<internal::IdempotencyRow> answer(const std::string& key, uint64_t now_ms = start_ms,
                                                 AppId of = app) {
    const auto found = find_first_answer(*store_.store, of, key, now_ms);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : std::nullopt;
  }

  TempFolder folder_;
  StoreUnderTest store_{folder_.path("db")};
};

TEST_F(IdempotencyTest, TheAnswerToACallIsKeptForADay) {
  store_.apply(keyed(to_everyone(message(100)), "call-1"));
  const auto first = answer("call-1");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->message_id(), 100u);
  EXPECT_EQ(first->fingerprint(), "print");
  EXPECT_EQ(first->accepted_at_ms(), start_ms);
  EXPECT_EQ(first->expires_at_ms(), start_ms + 3'600'000);
  EXPECT_TRUE(answer("call-1", start_ms + limits::idempotency_ms - 1).has_value());
  EXPECT_FALSE(answer("call-1", start_ms + limits::idempotency_ms).has_value());
  EXPECT_FALSE(answer("call-2").has_value());
  EXPECT_FALSE(answer("call-1", start_ms, AppId{8}).has_value()) << "another app's";
}

TEST_F(IdempotencyTest, CallsWithoutAKeyLeaveNothing) {
  store_.apply(to_everyone(message(100)));
  EXPECT_FALSE(store_.store->rows(Family::idempotency, {})->valid());
}

TEST_F(IdempotencyTest, TheFirstAnswerStaysUntilItsTimeIsOver) {
  store_.apply(keyed(to_everyone(message(100)), "k", "one"));
  store_.apply(keyed(to_everyone(message(101, start_ms + 1000)), "k", "two"));
  EXPECT_EQ(answer("k")->message_id(), 100u);
  EXPECT_EQ(answer("k")->fingerprint(), "one");
  EXPECT_EQ(store_.books(101).message, MessageId{101}) << "it was accepted all the same";
  const uint64_t next_day_ms = start_ms + limits::idempotency_ms;
  store_.apply(keyed(to_everyone(message(102, next_day_ms)), "k", "three"));
  EXPECT_EQ(answer("k", next_day_ms)->message_id(), 102u);
}

TEST_F(IdempotencyTest, ARepeatedRecordChangesNothing) {
  store_.apply(registered(device_id(1)));
  store_.apply(keyed(to_devices(message(100), {device_id(1)}), "k", "one"));
  store_.apply(to_everyone(message(101, start_ms)));
  store_.applied = {};
  auto before = store_.dump();
  store_.apply(keyed(to_everyone(message(100)), "other key", "two"));
  auto after = store_.dump();
  const std::pair<int, std::string> state{static_cast<int>(Family::meta), "state"};
  before.erase(state);
  after.erase(state);
  EXPECT_EQ(differences(after, before), std::vector<std::string>());
  EXPECT_TRUE(store_.applied.to_devices.empty());
  EXPECT_EQ(store_.live_casts.find(app, MessageId{100}), nullptr);
}

TEST_F(IdempotencyTest, AScheduledCallHasAnAnswerToo) {
  internal::Record record = scheduled(100, start_ms + 60'000);
  record.mutable_schedule_changed()->set_idempotency_key("k");
  record.mutable_schedule_changed()->set_fingerprint("print");
  store_.apply(record);
  ASSERT_TRUE(answer("k").has_value());
  EXPECT_EQ(answer("k")->message_id(), 100u);
  EXPECT_EQ(answer("k")->expires_at_ms(), 0u) << "not known yet";
  store_.apply(keyed(to_everyone(message(100, start_ms + 60'000)), "k"));
  EXPECT_EQ(answer("k")->message_id(), 100u);
}

TEST_F(IdempotencyTest, KeysHaveALimit) {
  const std::string longest(limits::idempotency_key_bytes_max, 'k');
  store_.apply(keyed(to_everyone(message(100)), longest));
  EXPECT_TRUE(answer(longest).has_value());
  EXPECT_FALSE(
      store_.try_apply(keyed(to_everyone(message(101)), longest + "k").SerializeAsString()).ok());
}

}  // namespace
}  // namespace tocsin::storage
