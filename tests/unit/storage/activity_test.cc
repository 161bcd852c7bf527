
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/store/expiry_filters.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders

constexpr uint64_t minute_ms = 60'000;
constexpr uint64_t hour_ms = 3'600'000;
const uint64_t begin_ms = start_ms - start_ms % hour_ms;

internal::Record at_time(internal::Record record, uint64_t at_ms) {
  record.mutable_messages_delivered()->set_gathered_at_ms(at_ms);
  return record;
}

class ActivityTest : public testing::Test {
 protected:
  ActivityTest() {
    store_.apply(app_created());
    for (uint32_t i = 1; i <= 3; ++i) store_.apply(registered(device_id(i)));
  }
  static MessageOf message(uint64_t id, uint64_t at_ms) {
    return {id, wire::Priority::normal, at_ms, 3'600'000, app};
  }
  DeviceRef ref(uint32_t number) const { return store_.ref(device_id(number)); }

  struct Step {
    uint64_t begins_at_ms = 0;
    uint64_t messages = 0;
    uint64_t targeted = 0;
    uint64_t delivered = 0;
    uint64_t opened = 0;
    uint64_t dropped = 0;
  };
  std::vector<Step> read(ActivityStep step, uint64_t from_ms, uint64_t until_ms) const {
    return read(app, step, from_ms, until_ms);
  }
  std::vector<Step> read(AppId of, ActivityStep step, uint64_t from_ms, uint64_t until_ms) const {
    auto question = cluster::about<internal::ActivityQuestion>(of);
    question.set_hourly(step == ActivityStep::hour);
    question.set_from_ms(from_ms);
    question.set_until_ms(until_ms);
    const auto answer = store_.ask(question);
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<Step> steps;
    if (!answer.ok()) return steps;
    for (const auto& step : answer->steps()) {
      const internal::ActivityRow& row = step.activity();
      steps.push_back({step.begins_at_ms(), row.messages(), row.targeted(), row.delivered(),
                       row.opened(), row.dropped()});
    }
    return steps;
  }
  Step in_minute(uint64_t at_ms) const {
    const auto found = read(ActivityStep::minute, at_ms, at_ms + minute_ms);
    return found.empty() ? Step() : found[0];
  }

  TempFolder folder_;
  StoreUnderTest store_{folder_.path("db")};
};

TEST_F(ActivityTest, CountsWhatHappenedWhenItHappened) {
  store_.apply(to_everyone(message(100, begin_ms)));
  store_.apply(to_devices(message(101, begin_ms + minute_ms), {device_id(1), device_id(9)}));
  store_.apply(at_time(delivered(100, {ref(1), ref(2)}), begin_ms + 2 * minute_ms));
  store_.apply(at_time(delivered(101, {ref(1)}), begin_ms + 2 * minute_ms + 1));

  EXPECT_EQ(in_minute(begin_ms).messages, 1u);
  EXPECT_EQ(in_minute(begin_ms).targeted, 3u);
  EXPECT_EQ(in_minute(begin_ms + minute_ms).targeted, 2u);
  EXPECT_EQ(in_minute(begin_ms + minute_ms).dropped, 1u) << "it does not know that device";
  EXPECT_EQ(in_minute(begin_ms + 2 * minute_ms).delivered, 3u);
  EXPECT_EQ(in_minute(begin_ms + 2 * minute_ms).messages, 0u);
  const auto hours = read(ActivityStep::hour, begin_ms, begin_ms + hour_ms);
  ASSERT_EQ(hours.size(), 1u);
  EXPECT_EQ(hours[0].begins_at_ms, begin_ms);
  EXPECT_EQ(hours[0].messages, 2u);
  EXPECT_EQ(hours[0].targeted, 5u);
  EXPECT_EQ(hours[0].delivered, 3u);
}

TEST_F(ActivityTest, ARepeatOfASendToDevicesDoesNotCount) {
  store_.apply(to_devices(message(100, begin_ms), {device_id(1)}));
  for (int i = 0; i < 2; ++i) store_.apply(at_time(delivered(100, {ref(1)}), begin_ms));
  EXPECT_EQ(in_minute(begin_ms).delivered, 1u);
  store_.apply(to_devices(message(100, begin_ms), {device_id(1)}));
  EXPECT_EQ(in_minute(begin_ms).messages, 1u);
}

TEST_F(ActivityTest, AnAcknowledgementWithoutATimeIsOfTheRecordBefore) {
  store_.apply(to_everyone(message(100, begin_ms + minute_ms)));
  store_.apply(delivered(100, {ref(1)}));
  EXPECT_EQ(in_minute(begin_ms + minute_ms).delivered, 1u);
}

// A message that is opened within the time in which acknowledgements are gathered.
TEST_F(ActivityTest, DeliveredAndOpenedInOneRecordIsOneDelivery) {
  store_.apply(to_devices(message(100, begin_ms), {device_id(1)}));
  store_.apply(delivered(100, {ref(1)}, {ref(1)}));
  EXPECT_EQ(in_minute(begin_ms).delivered, 1u);
  EXPECT_EQ(in_minute(begin_ms).opened, 1u);
}

TEST_F(ActivityTest, DeletedDevicesDropWhatWasPending) {
  store_.apply(to_everyone(message(100, begin_ms)));
  store_.apply(to_devices(message(101, begin_ms), {device_id(1)}));
  internal::Record record;
  auto& deleted = *record.mutable_devices_deleted();
  deleted.set_app_id(app.value);
  const DeviceId id = device_id(1);
  deleted.mutable_devices()->add_ids(id.bytes.data(), id.bytes.size());
  deleted.set_deleted_at_ms(begin_ms + minute_ms);
  store_.apply(record);
  EXPECT_EQ(in_minute(begin_ms + minute_ms).dropped, 2u);
}

TEST_F(ActivityTest, AFullInboxDrops) {
  for (uint64_t i = 0; i <= limits::inbox_messages_max; ++i) {
    store_.apply(to_devices(message(100 + i, begin_ms), {device_id(1)}));
  }
  EXPECT_EQ(in_minute(begin_ms).dropped, 1u);
}

TEST_F(ActivityTest, ARangeHasWhatBeginsInIt) {
  for (uint64_t i = 0; i < 4; ++i) {
    store_.apply(to_everyone(message(100 + i, begin_ms + i * minute_ms)));
  }
  const auto found = read(ActivityStep::minute, begin_ms + minute_ms, begin_ms + 3 * minute_ms);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].begins_at_ms, begin_ms + minute_ms);
  EXPECT_EQ(found[1].begins_at_ms, begin_ms + 2 * minute_ms);
  EXPECT_TRUE(read(ActivityStep::minute, 0, begin_ms).empty());
  EXPECT_TRUE(read(AppId{app.value + 1}, ActivityStep::minute, 0, UINT64_MAX).empty());
}

TEST_F(ActivityTest, MinutesGoBeforeHours) {
  const auto time = std::make_shared<LogTime>();
  const auto filter = make_detail_filter(time);
  const uint64_t now_ms = wall_ms();
  time->set(now_ms);
  const auto goes = [&](ActivityStep step, uint64_t age_ms) {
    std::string new_value;
    bool changed = false;
    return filter->CreateCompactionFilter({})->Filter(0, activity_key({app, step, now_ms - age_ms}),
                                                      "", &new_value, &changed);
  };
  const uint64_t slack_ms = limits::late_ack_ms_max;
  EXPECT_FALSE(goes(ActivityStep::minute, limits::activity_minutes_ms));
  EXPECT_TRUE(goes(ActivityStep::minute, limits::activity_minutes_ms + 2 * slack_ms));
  EXPECT_FALSE(goes(ActivityStep::hour, limits::activity_minutes_ms + 2 * slack_ms));
  EXPECT_TRUE(goes(ActivityStep::hour, limits::activity_hours_ms + 2 * slack_ms));
}

}  // namespace
}  // namespace tocsin::storage
