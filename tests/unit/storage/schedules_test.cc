#include "storage/tables/schedules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "storage/store/keys.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using testing::ElementsAre;
using testing::IsEmpty;

constexpr AppId other_app{8};

class SchedulesTest : public testing::Test {
 protected:
  SchedulesTest() {
    store_.apply(app_created());
    store_.apply(app_created(other_app, "other"));
  }

  static std::vector<uint64_t> ids_of(const absl::StatusOr<std::vector<Schedule>>& schedules) {
    EXPECT_TRUE(schedules.ok()) << schedules.status();
    std::vector<uint64_t> ids;
    for (const Schedule& schedule : *schedules) ids.push_back(schedule.message.value);
    return ids;
  }
  std::vector<uint64_t> page(uint64_t after = 0, size_t max = 100, AppId of = app) const {
    return ids_of(read_schedules(*store_.store, of, MessageId{after}, max));
  }
  std::vector<uint64_t> due(uint64_t until_ms, size_t max = 100) const {
    return ids_of(read_due_schedules(*store_.store, until_ms, max));
  }
  uint64_t count(AppId of = app) const { return *count_schedules(*store_.store, of); }
  internal::Record accepted_now(uint64_t id) {
    return to_everyone({id, wire::Priority::normal, start_ms, 3'600'000, app});
  }

  TempFolder folder_;
  StoreUnderTest store_{folder_.path("db")};
};

TEST_F(SchedulesTest, AScheduleIsKeptAsItWasPut) {
  store_.apply(scheduled(100, 5000, "one"));
  const auto schedule = read_schedule(*store_.store, app, MessageId{100});
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_EQ(schedule->app, app);
  EXPECT_EQ(schedule->message, MessageId{100});
  EXPECT_EQ(schedule->due_at_ms, 5000u);
  EXPECT_EQ(schedule->created_at_ms, start_ms);
  EXPECT_EQ(schedule->request, "one");
  EXPECT_EQ(read_schedule(*store_.store, other_app, MessageId{100}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_.store->state().largest_message, MessageId{100}) << "the id is taken";
}

TEST_F(SchedulesTest, TheyAreListedByIdAndDueByTime) {
  store_.apply(scheduled(300, 1000));
  store_.apply(scheduled(100, 3000));
  store_.apply(scheduled(200, 2000));
  store_.apply(scheduled(150, 1500, "x", other_app));
  EXPECT_THAT(page(), ElementsAre(100, 200, 300));
  EXPECT_THAT(page(0, 2), ElementsAre(100, 200));
  EXPECT_THAT(page(200), ElementsAre(300));
  EXPECT_THAT(page(UINT64_MAX), IsEmpty());
  EXPECT_THAT(page(0, 100, other_app), ElementsAre(150));
  EXPECT_THAT(due(999), IsEmpty());
  EXPECT_THAT(due(2000), ElementsAre(300, 150, 200)) << "of all apps, and the last moment counts";
  EXPECT_THAT(due(9000, 2), ElementsAre(300, 150));
  EXPECT_EQ(count(), 3u);
  EXPECT_EQ(count(other_app), 1u);
}

TEST_F(SchedulesTest, PuttingAgainMovesIt) {
  store_.apply(scheduled(100, 1000, "one"));
  store_.apply(scheduled(100, 5000, "two"));
  EXPECT_THAT(due(4999), IsEmpty());
  EXPECT_THAT(due(5000), ElementsAre(100));
  EXPECT_EQ(read_schedule(*store_.store, app, MessageId{100})->request, "two");
  EXPECT_EQ(count(), 1u);
}

TEST_F(SchedulesTest, RemovingLeavesNothing) {
  store_.apply(scheduled(100, 1000));
  store_.apply(unscheduled(100));
  store_.apply(unscheduled(100));
  store_.apply(unscheduled(77));
  EXPECT_THAT(page(), IsEmpty());
  EXPECT_THAT(due(UINT64_MAX), IsEmpty());
  EXPECT_EQ(count(), 0u);
}

TEST_F(SchedulesTest, ItsMessageEndsItForEver) {
  store_.apply(scheduled(100, 1000));
  store_.apply(scheduled(101, 1000));
  store_.apply(accepted_now(100));
  EXPECT_THAT(page(), ElementsAre(101));
  EXPECT_THAT(due(1000), ElementsAre(101));
  EXPECT_EQ(count(), 1u);
  EXPECT_EQ(store_.books(100).message, MessageId{100});
  store_.apply(scheduled(100, 9000));
  store_.apply(accepted_now(100));
  EXPECT_THAT(page(), ElementsAre(101)) << "a change that came too late";
  store_.apply(unscheduled(100));
  EXPECT_EQ(count(), 1u);
}

TEST_F(SchedulesTest, RecordsThatAreNoneAreRefused) {
  internal::Record nothing = unscheduled(100);
  nothing.mutable_schedule_changed()->clear_change();
  for (const internal::Record& record :
       {nothing, scheduled(0, 1000), scheduled(100, 1000, "x", AppId{}),
        scheduled(100, 1000, std::string(limits::schedule_request_bytes_max + 1, 'x'))}) {
    EXPECT_EQ(store_.try_apply(record.SerializeAsString()).code(), absl::StatusCode::kDataLoss);
  }
  store_.apply(scheduled(100, 1000, std::string(limits::schedule_request_bytes_max, 'x')));
}

}  // namespace
}  // namespace tocsin::storage
