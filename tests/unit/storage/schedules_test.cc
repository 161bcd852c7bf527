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

  template <typename Answer>
  static std::vector<uint64_t> ids_of(const absl::StatusOr<Answer>& answer) {
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<uint64_t> ids;
    for (const auto& schedule : answer->schedules()) ids.push_back(schedule.message_id());
    return ids;
  }
  absl::StatusOr<internal::ScheduleQuestion::Answer> read(uint64_t id, AppId of = app) const {
    return store_.ask(cluster::about<internal::ScheduleQuestion>(of, MessageId{id}));
  }
  std::vector<uint64_t> page(uint64_t after = 0, size_t max = 100, AppId of = app) const {
    auto question = cluster::about<internal::SchedulesQuestion>(of);
    question.set_after(after);
    question.set_schedules_max(static_cast<uint32_t>(max));
    return ids_of(store_.ask(question));
  }
  std::vector<uint64_t> due(uint64_t until_ms, size_t max = 100) const {
    internal::DueSchedulesQuestion question;
    question.set_until_ms(until_ms);
    question.set_schedules_max(static_cast<uint32_t>(max));
    return ids_of(store_.ask(question));
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
  const auto answer = read(100);
  ASSERT_TRUE(answer.ok()) << answer.status();
  const internal::Schedule& schedule = answer->schedule();
  EXPECT_EQ(schedule.app_id(), app.value);
  EXPECT_EQ(schedule.message_id(), 100u);
  EXPECT_EQ(schedule.scheduled().due_at_ms(), 5000u);
  EXPECT_EQ(schedule.scheduled().created_at_ms(), start_ms);
  EXPECT_EQ(schedule.scheduled().request(), "one");
  EXPECT_EQ(read(100, other_app).status().code(), absl::StatusCode::kNotFound);
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
  EXPECT_EQ(read(100)->schedule().scheduled().request(), "two");
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
