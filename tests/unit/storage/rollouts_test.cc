#include "storage/apply/rollouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/tables/book_sets.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using State = Rollout::State;

constexpr uint32_t devices = 100;

class RolloutsTest : public testing::Test {
 protected:
  RolloutsTest() {
    store_.apply(app_created());
    for (uint32_t i = 0; i < devices; ++i) {
      store_.apply(registered(device_id(i, static_cast<uint8_t>(i % 7))));
    }
  }
  MessageOf message(uint64_t id) const { return {id, wire::Priority::normal, now_ms_}; }
  // The devices the last record released the message to.
  sets::DeviceSet told() {
    EXPECT_EQ(store_.applied.resolved.size(), 1u);
    return store_.applied.resolved.empty() ? sets::DeviceSet()
                                           : store_.applied.resolved[0].targeted;
  }
  sets::DeviceSet apply_and_told(const internal::Record& record) {
    store_.applied = {};
    store_.apply(record);
    return told();
  }
  std::vector<Rollout> running() {
    internal::RolloutsQuestion question;
    question.set_rollouts_max(10);
    const auto answer = store_.ask(question);
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<Rollout> rollouts;
    if (!answer.ok()) return rollouts;
    for (const auto& progress : answer->rollouts()) rollouts.push_back(rollout_of(progress));
    return rollouts;
  }

  TempFolder folder_;
  uint64_t now_ms_ = wall_ms();
  StoreUnderTest store_{folder_.path("db")};
};

TEST_F(RolloutsTest, NobodyHasItUntilTheFirstStep) {
  EXPECT_TRUE(apply_and_told(rolled_out(to_everyone(message(500)))).empty());
  const Books books = store_.books(500);
  EXPECT_EQ(books.targeted, devices);
  EXPECT_EQ(books.pending, devices);
  EXPECT_EQ(books.held, devices);
  ASSERT_TRUE(books.rollout);
  EXPECT_EQ(books.rollout->state, State::running);
  ASSERT_EQ(running().size(), 1u);
  EXPECT_EQ(running()[0].targeted, devices);
  EXPECT_TRUE(store_.live_casts.find(app, MessageId{500})->targeted.empty());
}

TEST_F(RolloutsTest, StepsReleaseItToEverybodyOnce) {
  store_.apply(rolled_out(to_everyone(message(500))));
  sets::DeviceSet all;
  for (uint32_t step = 1; step <= 4; ++step) {
    const sets::DeviceSet more = apply_and_told(released(500, step, 30, now_ms_ + step));
    EXPECT_EQ(more.size(), step < 4 ? 30u : 10u);
    EXPECT_EQ(more.size_of_difference(all), more.size()) << "nobody twice";
    all.unite(more);
  }
  EXPECT_EQ(all.size(), devices);
  const Books books = store_.books(500);
  EXPECT_EQ(books.held, 0u);
  EXPECT_EQ(books.rollout->state, State::done);
  EXPECT_EQ(books.rollout->released, devices);
  EXPECT_TRUE(running().empty());
}

TEST_F(RolloutsTest, AStepSpreadsOverAllThatWait) {
  store_.apply(rolled_out(to_everyone(message(500))));
  const sets::DeviceSet tenth = apply_and_told(released(500, 1, 10, now_ms_));
  EXPECT_EQ(tenth.size(), 10u);
  EXPECT_GE(tenth.parts().size(), 5u) << "of 7 shards";
}

TEST_F(RolloutsTest, AStepThatIsNotTheNextChangesNothing) {
  store_.apply(rolled_out(to_everyone(message(500))));
  store_.apply(released(500, 1, 10, now_ms_));
  store_.applied = {};
  store_.apply(released(500, 1, 10, now_ms_));
  store_.apply(released(500, 3, 10, now_ms_));
  store_.apply(stopped(500, 1, now_ms_));
  EXPECT_TRUE(store_.applied.resolved.empty());
  EXPECT_EQ(store_.books(500).held, 90u);
}

TEST_F(RolloutsTest, StoppedMeansNobodyElseGetsIt) {
  store_.apply(rolled_out(to_everyone(message(500))));
  store_.apply(released(500, 1, 10, now_ms_));
  store_.apply(stopped(500, 2, now_ms_));
  Books books = store_.books(500);
  EXPECT_EQ(books.dropped_stopped, 90u);
  EXPECT_EQ(books.pending, 10u);
  EXPECT_EQ(books.rollout->state, State::stopped);
  EXPECT_EQ(books.rollout->stop_reason, "enough");
  EXPECT_TRUE(running().empty());
  store_.apply(released(500, 3, 50, now_ms_));
  books = store_.books(500);
  EXPECT_EQ(books.dropped_stopped, 90u);
  const auto fate = [&](DeviceRef device) {
    const auto sets = read_book_sets(*store_.store, {MessageId{500}, books.expires_at_ms});
    return sets.ok() && sets->of(internal::ROLLOUT_STOPPED).contains(device);
  };
  uint64_t count = 0;
  for (uint32_t i = 0; i < devices; ++i) {
    count += fate(store_.ref(device_id(i, static_cast<uint8_t>(i % 7))));
  }
  EXPECT_EQ(count, 90u);
}

TEST_F(RolloutsTest, BehindTheExpiryWhoWaitsHasExpired) {
  MessageOf brief = message(500);
  brief.accepted_at_ms -= 10'000;
  brief.ttl_ms = 5'000;
  store_.apply(rolled_out(to_everyone(brief)));
  store_.apply(stopped(500, 1, now_ms_));
  const Books books = store_.books(500);
  EXPECT_EQ(books.expired, devices);
  EXPECT_EQ(books.dropped_stopped, 0u);
  EXPECT_TRUE(running().empty());
}

TEST_F(RolloutsTest, ARecallEndsItToo) {
  store_.apply(rolled_out(to_everyone(message(500))));
  store_.apply(released(500, 1, 10, now_ms_));
  store_.apply(recalled(500, now_ms_));
  const Books books = store_.books(500);
  EXPECT_EQ(books.recalled, devices);
  EXPECT_EQ(books.rollout->state, State::stopped);
  EXPECT_TRUE(running().empty());
}

TEST_F(RolloutsTest, AnOlderMessageIsReplacedWhereTheRolloutHasCome) {
  store_.apply(collapsing(to_everyone(message(499)), "score"));
  store_.apply(collapsing(rolled_out(to_everyone(message(500))), "score"));
  EXPECT_EQ(store_.books(499).pending, devices) << "nobody has the newer one";
  store_.apply(released(500, 1, 10, now_ms_));
  EXPECT_EQ(store_.books(499).replaced, 10u);
  store_.apply(stopped(500, 2, now_ms_));
  EXPECT_EQ(store_.books(499).pending, 90u) << "they keep it";
}

TEST_F(RolloutsTest, WhoIsCappedIsNoneOfTheSteps) {
  store_.apply(capped(to_everyone(message(499)), 1));
  store_.apply(capped(rolled_out(to_everyone(message(500))), 1));
  EXPECT_EQ(store_.books(500).rollout->targeted, 0u);
  EXPECT_EQ(store_.books(500).dropped_frequency_cap, devices);
}

TEST_F(RolloutsTest, ACollapseKeyReplacesAlsoWhatWaits) {
  store_.apply(collapsing(rolled_out(to_everyone(message(500))), "score"));
  store_.apply(released(500, 1, 10, now_ms_));
  store_.apply(collapsing(to_everyone(message(501)), "score"));
  EXPECT_EQ(store_.books(500).replaced, devices);
  const sets::DeviceSet more = apply_and_told(released(500, 2, 10, now_ms_));
  EXPECT_TRUE(more.empty());
  EXPECT_EQ(store_.books(500).rollout->state, State::done);
}

TEST_F(RolloutsTest, TheCanariesAreJudgedByThoseWhoCanBeReached) {
  store_.apply(rolled_out(to_everyone(message(500)), 100));
  const sets::DeviceSet canaries = apply_and_told(released(500, 1, 10, now_ms_));
  EXPECT_EQ(store_.books(500).rollout->canaries, 10u);
  EXPECT_EQ(store_.books(500).rollout->paced_from_ms, 0u);
  const auto places = canaries.devices();
  store_.apply(delivered(500, {places[0], places[1]}));
  cluster::SessionsOpened connected;
  for (uint32_t i = 0; i < 5; ++i) {
    const auto owner = store_.registry->ordinals().owner(places[i]);
    ASSERT_TRUE(owner.ok() && owner->has_value());
    connected.push_back({{0, i, 1}, app, (*owner)->device});
  }
  store_.sessions->on_opened(connected);
  const auto outcome = store_.ask(cluster::about<internal::CanariesQuestion>(app, MessageId{500}));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->delivered(), 2u);
  EXPECT_EQ(outcome->reachable(), 3u);
  EXPECT_EQ(outcome->pending(), 8u);
  internal::Record passed = stepped(500, 2, now_ms_ + 7);
  passed.mutable_rollout_stepped()->set_canary_passed(true);
  store_.apply(passed);
  EXPECT_EQ(store_.books(500).rollout->paced_from_ms, now_ms_ + 7);
}

TEST_F(RolloutsTest, ARestartKnowsWhoMayHaveIt) {
  store_.apply(rolled_out(to_everyone(message(500))));
  const sets::DeviceSet ten = apply_and_told(released(500, 1, 10, now_ms_));
  LiveCasts loaded;
  ASSERT_TRUE(loaded.load(*store_.store, now_ms_, store_.names).ok());
  const LiveCast* cast = loaded.find(app, MessageId{500});
  ASSERT_NE(cast, nullptr);
  EXPECT_EQ(cast->targeted.size(), 10u);
  EXPECT_EQ(cast->targeted.size_of_difference(ten), 0u);
}

TEST_F(RolloutsTest, NamedDevicesCanGoOutInStepsToo) {
  store_.apply(rolled_out(to_devices(message(500), {device_id(0, 0), device_id(1, 1)})));
  EXPECT_EQ(store_.books(500).held, 2u);
  EXPECT_EQ(apply_and_told(released(500, 1, 1, now_ms_)).size(), 1u);
}

TEST_F(RolloutsTest, RecordsThatAreNoneAreRefused) {
  const auto refused = [&](const internal::Record& record) {
    return absl::IsDataLoss(store_.try_apply(record.SerializeAsString()));
  };
  EXPECT_TRUE(refused(stepped(500, 1, now_ms_)));
  EXPECT_TRUE(refused(released(500, 0, 1, now_ms_)));
  EXPECT_TRUE(refused(released(0, 1, 1, now_ms_)));
  internal::Record long_winded = stopped(500, 1, now_ms_);
  long_winded.mutable_rollout_stepped()->set_stop(std::string(1000, 'x'));
  EXPECT_TRUE(refused(long_winded));
  store_.apply(released(77, 1, 1, now_ms_));  // no such message: nothing
}

// -- Frequency cap -------------------------------------------------------------------------------

class FrequencyCapTest : public RolloutsTest {};

TEST_F(FrequencyCapTest, WhoHadEnoughTodayIsLeftOut) {
  const DeviceId one = device_id(0, 0);
  store_.apply(capped(to_devices(message(500), {one}), 2));
  store_.apply(capped(to_everyone(message(501)), 2));
  EXPECT_EQ(store_.books(501).dropped_frequency_cap, 0u);
  store_.apply(capped(to_everyone(message(502)), 2));
  Books books = store_.books(502);
  EXPECT_EQ(books.dropped_frequency_cap, 1u) << "the one with two already";
  EXPECT_EQ(books.pending, devices - 1);
  EXPECT_FALSE(store_.live_casts.find(app, MessageId{502})->targeted.contains(store_.ref(one)));
  store_.apply(capped(to_everyone(message(503)), 2));
  EXPECT_EQ(store_.books(503).dropped_frequency_cap, devices);
  store_.apply(to_everyone(message(504)));
  EXPECT_EQ(store_.books(504).pending, devices) << "without a cap it is for everybody";
}

TEST_F(FrequencyCapTest, ALeftOutDeviceHasNothingInItsInbox) {
  const DeviceId one = device_id(0, 0);
  for (const uint64_t id : {500, 501}) store_.apply(capped(to_devices(message(id), {one}), 1));
  const Books books = store_.books(501);
  EXPECT_EQ(books.targeted, 1u);
  EXPECT_EQ(books.dropped_frequency_cap, 1u);
  EXPECT_EQ(books.pending, 0u);
}

TEST_F(FrequencyCapTest, TomorrowIsAnotherDay) {
  MessageOf yesterday = message(500);
  yesterday.accepted_at_ms -= 86'400'000;
  yesterday.ttl_ms = uint64_t{3} * 86'400'000;
  store_.apply(capped(to_everyone(yesterday), 1));
  store_.apply(capped(to_everyone(message(501)), 1));
  EXPECT_EQ(store_.books(501).pending, devices);
}

TEST_F(FrequencyCapTest, ACapThatIsRaisedLetsMoreThrough) {
  store_.apply(capped(to_everyone(message(500)), 1));
  store_.apply(capped(to_everyone(message(501)), 2));
  EXPECT_EQ(store_.books(501).pending, devices);
  store_.apply(capped(to_everyone(message(502)), 2));
  EXPECT_EQ(store_.books(502).pending, 0u);
}

}  // namespace
}  // namespace tocsin::storage
