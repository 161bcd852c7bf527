#include "storage/storage.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/tables/latency_buckets.h"

#include "tests/unit/cluster/file_size_limit.h"
#include "tests/unit/storage/world.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the world and its record builders
using cluster::about;
using cluster::SessionRevoked;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::Priority;

class StorageTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.start();
    world_.append(app_created());
  }
  MessageOf message(uint64_t id, Priority priority = Priority::normal,
                    uint64_t ttl_ms = 3'600'000) const {
    return {id, priority, wall_ms(), ttl_ms, app};
  }

  TempFolder folder_;
  World world_{folder_.path()};
};

// -- Questions -----------------------------------------------------------------------------------

TEST_F(StorageTest, PublishesTheAppsAtOpenAndWhenTheyChange) {
  auto told = world_.gateway->take();
  ASSERT_EQ(told.apps.size(), 2u) << "the empty table at open, then the first app";
  EXPECT_TRUE(told.apps[0]->by_id.empty());
  ASSERT_NE(told.apps[1]->find("demo"), nullptr);
  EXPECT_EQ(told.apps[1]->find("demo")->id, app);
  EXPECT_EQ(told.apps[1]->find("demo")->registration_key[0], 'r');
  world_.append(registered(device_id(1)));
  EXPECT_THAT(world_.gateway->take().apps, IsEmpty());
  world_.append(key_put("ci"));
  told = world_.gateway->take();
  ASSERT_EQ(told.apps.size(), 1u);
  EXPECT_EQ(told.apps[0]->find(app)->keys.size(), 2u);
  world_.restart();
  told = world_.gateway->take();
  ASSERT_EQ(told.apps.size(), 1u);
  EXPECT_NE(told.apps[0]->find(app), nullptr);
}

// Ask storage, and wait for the answer.
TEST_F(StorageTest, AnswersWhatBelongsToACall) {
  const auto record = keyed(labelled(to_everyone(message(500)), "news", "eu"), "call-1");
  world_.append(record);
  world_.append(scheduled(501, 1000));
  world_.append(scheduled(502, 500));
  Storage& storage = *world_.storage;
  auto by_key = about<internal::FirstAnswerQuestion>(app);
  by_key.set_key("call-1");
  const auto first = answer_of(storage, by_key);
  ASSERT_TRUE(first.ok() && first->has_first());
  EXPECT_EQ(first->first().message_id(), 500u);
  const auto schedule = answer_of(storage, about<internal::ScheduleQuestion>(app, MessageId{501}));
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_EQ(schedule->schedule().scheduled().due_at_ms(), 1000u);
  auto after_501 = about<internal::SchedulesQuestion>(app);
  after_501.set_after(501);
  after_501.set_schedules_max(10);
  const auto after = answer_of(storage, after_501);
  ASSERT_TRUE(after.ok() && after->schedules_size() == 1);
  EXPECT_EQ(after->schedules(0).message_id(), 502u);
  internal::DueSchedulesQuestion by_999;
  by_999.set_until_ms(999);
  by_999.set_schedules_max(10);
  const auto due = answer_of(storage, by_999);
  ASSERT_TRUE(due.ok() && due->schedules_size() == 1);
  EXPECT_EQ(due->schedules(0).message_id(), 502u);
  const auto count = answer_of(storage, about<internal::ScheduleCountQuestion>(app));
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(count->schedules(), 2u);
  auto page = about<internal::MessagePageQuestion>(app);
  page.set_messages_max(10);
  const auto all = answer_of(storage, page);
  ASSERT_TRUE(all.ok());
  EXPECT_THAT(all->message_ids(), ElementsAre(500));
  page.set_group("eu");
  const auto group = answer_of(storage, page);
  ASSERT_TRUE(group.ok());
  EXPECT_THAT(group->message_ids(), ElementsAre(500));
}

TEST_F(StorageTest, ReportsTellHowLongDeliveriesTook) {
  world_.append(registered(device_id(1)));
  world_.append(registered(device_id(2)));
  MessageOf old = message(500);
  old.accepted_at_ms -= 10'000;
  world_.append(to_devices(old, {device_id(1)}));
  old.id = 501;
  world_.append(to_everyone(old));
  const auto grant = world_.open(device_id(1), world_.session(1));
  world_.ack(world_.session(1), grant.device, {500, 501});
  ASSERT_TRUE(world_.await_delivered(500, 1));
  ASSERT_TRUE(world_.await_delivered(501, 1));
  for (const uint64_t id : {500, 501}) {
    const auto latency = world_.books(id).latency;
    uint64_t slow = 0;
    for (size_t i = latency_bucket_of(10'000); i < latency.size(); ++i) slow += latency[i];
    EXPECT_EQ(slow, 1u) << "it took ten seconds, and some";
    EXPECT_EQ(std::accumulate(latency.begin(), latency.end(), uint64_t{0}), 1u);
  }
}

TEST_F(StorageTest, AnswersWhatIsThere) {
  world_.append(registered(device_id(1)));
  world_.append(registered(device_id(2, 9)));
  world_.append(registered(device_id(3), {}, AppId{8}));
  world_.append(to_everyone(message(500)));
  world_.append(to_devices(message(499), {device_id(1)}));
  for (const bool again : {false, true}) {
    if (again) world_.restart();
    const cluster::StorageCounts counts = world_.counts();
    EXPECT_EQ(counts.apps(), 1u);
    EXPECT_EQ(counts.devices(), 3u);
    EXPECT_EQ(counts.live_casts(), 1u);
    EXPECT_EQ(counts.applied(), 6u);
    EXPECT_EQ(counts.largest_message(), 500u);
    const auto devices = answer_of(*world_.storage, about<internal::DeviceCountQuestion>(app));
    ASSERT_TRUE(devices.ok());
    EXPECT_EQ(devices->devices(), 2u);
    auto who = about<internal::KnownDevicesQuestion>(app);
    for (const DeviceId& id : {device_id(1), device_id(3), device_id(2, 9)}) {
      *who.add_device_ids() = cluster::bytes_of(id);
    }
    const auto known = answer_of(*world_.storage, who);
    ASSERT_TRUE(known.ok());
    EXPECT_THAT(known->known(), ElementsAre(true, false, true));
  }
  EXPECT_EQ(world_.try_books(77).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(world_.try_books(500, AppId{8}).status().code(), absl::StatusCode::kNotFound);
}

// -- Sessions ------------------------------------------------------------------------------------

TEST_F(StorageTest, KnownDevicesAreGrantedUnknownOnesRevoked) {
  world_.append(registered(device_id(1), {"a", "b"}));
  world_.append(registered(device_id(2)));
  world_.gateway->take();
  world_.tell(cluster::SessionsOpened{{world_.session(1), app, device_id(1)},
                                      {world_.session(2), app, device_id(2)},
                                      {world_.session(3), app, device_id(3)},
                                      {world_.session(4), AppId{8}, device_id(1)}});
  const auto told = world_.gateway->take();
  EXPECT_EQ(told.messages, 2u) << "grants and revocations are batched";
  ASSERT_EQ(told.grants.size(), 2u);
  EXPECT_EQ(told.grants[0].replay.session, world_.session(1));
  EXPECT_EQ(told.grants[0].device, (DeviceRef{3, 0}));
  EXPECT_THAT(told.grants[0].tags, ElementsAre("a", "b"));
  EXPECT_FALSE(told.grants[0].replay.more);
  EXPECT_EQ(told.grants[0].replay.as_of, 3u);
  ASSERT_EQ(told.revoked.size(), 2u);
  EXPECT_EQ(told.revoked[0].session, world_.session(3));
  EXPECT_EQ(told.revoked[0].why, SessionRevoked::Why::unknown_device);
  EXPECT_EQ(told.revoked[1].session, world_.session(4)) << "another app's device";
}

TEST_F(StorageTest, ASecondSessionReplacesTheFirst) {
  world_.append(registered(device_id(1)));
  const auto grant = world_.open(device_id(1), world_.session(1));
  world_.tell(cluster::SessionsOpened{{world_.session(2), app, device_id(1)}});
  auto told = world_.gateway->take();
  ASSERT_EQ(told.revoked.size(), 1u);
  EXPECT_EQ(told.revoked[0].session, world_.session(1));
  EXPECT_EQ(told.revoked[0].why, SessionRevoked::Why::replaced);
  EXPECT_EQ(told.grants.size(), 1u);
  // The gateway closes the old one; that must not close the new one.
  world_.close(world_.session(1), grant.device);
  world_.append(to_devices(message(100), {device_id(1)}));
  told = world_.gateway->take();
  ASSERT_EQ(told.delivers.size(), 1u);
  EXPECT_EQ(told.delivers[0].session, world_.session(2));
  // The same session announced again is not a replacement.
  world_.tell(cluster::SessionsOpened{{world_.session(2), app, device_id(1)}});
  told = world_.gateway->take();
  EXPECT_THAT(told.revoked, IsEmpty());
  EXPECT_EQ(told.grants.size(), 1u);
}

TEST_F(StorageTest, AMessageForAConnectedDeviceGoesOutAtOnce) {
  world_.append(registered(device_id(1)));
  world_.append(registered(device_id(2)));
  const auto grant = world_.open(device_id(1), world_.session(1));
  world_.append(to_devices(message(100), {device_id(1), device_id(2)}));
  const auto told = world_.gateway->take();
  ASSERT_EQ(told.delivers.size(), 1u);
  EXPECT_EQ(told.delivers[0].session, world_.session(1));
  EXPECT_FALSE(told.delivers[0].more);
  EXPECT_EQ(told.delivers[0].as_of, 0u);
  ASSERT_THAT(ids_of(told.delivers[0]), ElementsAre(100));
  EXPECT_EQ(told.delivers[0].envelopes[0]->push_frame, "push 100");
  EXPECT_EQ(told.delivers[0].envelopes[0]->app, app);
  world_.close(world_.session(1), grant.device);
  world_.append(to_devices(message(101), {device_id(1)}));
  EXPECT_THAT(world_.gateway->take().delivers, IsEmpty());
  EXPECT_THAT(ids_of(world_.open(device_id(1), world_.session(1, 2)).replay),
              ElementsAre(100, 101));
}

TEST_F(StorageTest, ChangedTagsGoToTheOpenSession) {
  world_.append(registered(device_id(1), {"a"}));
  world_.open(device_id(1), world_.session(1));
  world_.append(tagged(device_id(1), {"b"}, {"a"}));
  auto told = world_.gateway->take();
  ASSERT_EQ(told.tags.size(), 1u);
  EXPECT_EQ(told.tags[0].session, world_.session(1));
  EXPECT_THAT(told.tags[0].tags, ElementsAre("b"));
  world_.append(tagged(device_id(1), {"b"}));
  EXPECT_THAT(world_.gateway->take().tags, IsEmpty()) << "nothing changed";
  world_.append(registered(device_id(1), {"c"}));
  told = world_.gateway->take();
  ASSERT_EQ(told.tags.size(), 1u);
  EXPECT_THAT(told.tags[0].tags, ElementsAre("b", "c"));
}

TEST_F(StorageTest, TagsThatWereToGoAreAnsweredEvenIfTheDeviceHadThemNot) {
  world_.append(registered(device_id(1), {"a"}));
  world_.gateway->take();
  world_.append(tagged(device_id(1), {}, {"a"}));
  EXPECT_EQ(world_.gateway->take().messages, 0u) << "nobody waits for an answer";
  world_.open(device_id(1), world_.session(1));
  for (int repeat = 0; repeat < 2; ++repeat) {
    const auto position = world_.append(tagged(device_id(1), {}, {"a"}));
    const auto told = world_.gateway->take();
    ASSERT_EQ(told.tags.size(), 1u);
    EXPECT_EQ(told.tags[0].session, world_.session(1));
    EXPECT_THAT(told.tags[0].tags, IsEmpty());
    EXPECT_EQ(told.tags[0].as_of, position);
  }
}

// -- Replay --------------------------------------------------------------------------------------

TEST_F(StorageTest, WhatWasMissedComesByLaneThenAge) {
  world_.append(registered(device_id(1), {"x"}));
  world_.append(registered(device_id(2)));
  world_.append(to_devices(message(10, Priority::low), {device_id(1)}));
  world_.append(to_everyone(message(11, Priority::normal)));
  world_.append(to_devices(message(12, Priority::normal), {device_id(1)}));
  world_.append(to_tag(message(13, Priority::normal), "x"));
  world_.append(to_tag(message(14, Priority::normal), "y"));
  world_.append(to_devices(message(15, Priority::high), {device_id(1)}));
  world_.append(to_everyone(message(16, Priority::alert)));
  world_.append(to_devices(message(17, Priority::alert), {device_id(1)}));
  const auto last = world_.append(to_devices(message(18), {device_id(2)}));
  const auto grant = world_.open(device_id(1), world_.session(1));
  EXPECT_THAT(ids_of(grant.replay), ElementsAre(16, 17, 15, 11, 12, 13, 10));
  EXPECT_FALSE(grant.replay.more);
  EXPECT_EQ(grant.replay.as_of, last);
}

TEST_F(StorageTest, NowOrNeverAndExpiredMessagesAreNotReplayed) {
  world_.append(registered(device_id(1)));
  world_.append(to_everyone(message(10, Priority::alert, 0)));
  world_.append(to_devices(message(11, Priority::alert, 0), {device_id(1)}));
  world_.append(to_everyone({12, Priority::normal, wall_ms() - 2000, 1000, app}));
  world_.append(to_devices({13, Priority::normal, wall_ms() - 2000, 1000, app}, {device_id(1)}));
  const auto grant = world_.open(device_id(1), world_.session(1));
  EXPECT_THAT(ids_of(grant.replay), IsEmpty());
  world_.gateway->take();
  world_.append(to_devices(message(14, Priority::normal, 0), {device_id(1)}));
  const auto told = world_.gateway->take();
  ASSERT_EQ(told.delivers.size(), 1u) << "it is connected now";
  EXPECT_THAT(ids_of(told.delivers[0]), ElementsAre(14));
  world_.ack(world_.session(1), grant.device, {14});
  EXPECT_TRUE(world_.await_delivered(14, 1));
  for (const uint64_t id : {10, 11, 12, 13}) EXPECT_EQ(world_.books(id).expired, 1u) << id;
}

class DrainTest : public StorageTest {
 protected:
  // One device with `count` messages waiting, ids 1000...; opens its session.
  cluster::SessionGrant open_with_backlog(uint64_t count) {
    world_.append(registered(device_id(1)));
    for (uint64_t i = 0; i < count; ++i) {
      // Half of them casts.
      world_.append(i % 2 == 0 ? to_devices(message(1000 + i), {device_id(1)})
                               : to_everyone(message(1000 + i)));
    }
    return world_.open(device_id(1), session_);
  }
  // Acknowledge messages, and return the ids of what comes next.
  std::vector<uint64_t> ack_and_take(const std::vector<uint64_t>& ids) {
    world_.gateway->take();
    world_.ack(session_, device_, ids);
    last_ = {};
    std::vector<uint64_t> next;
    for (const auto& replay : world_.gateway->take().delivers) {
      for (const uint64_t id : ids_of(replay)) next.push_back(id);
      last_ = replay;
    }
    return next;
  }

  cluster::SessionRef session_{0, 1, 1};  // the gateway is the first endpoint
  DeviceRef device_{3, 0};
  cluster::Replay last_;
};

std::vector<uint64_t> range(uint64_t from, uint64_t count) {
  std::vector<uint64_t> ids;
  for (uint64_t i = 0; i < count; ++i) ids.push_back(from + i);
  return ids;
}

TEST_F(DrainTest, ComesAWindowAtATimeAsAcksMakeRoom) {
  const auto grant = open_with_backlog(100);
  EXPECT_TRUE(grant.replay.more);
  EXPECT_EQ(grant.replay.as_of, 102u) << "the alerts' hand-over";
  std::vector<uint64_t> got = ids_of(grant.replay);
  EXPECT_EQ(got, range(1000, limits::in_flight_max));
  size_t acked = 0;
  bool more = true;
  while (acked < got.size()) {
    const auto next = ack_and_take({got[acked++]});
    got.insert(got.end(), next.begin(), next.end());
    EXPECT_LE(got.size() - acked, limits::in_flight_max);
    if (next.empty()) continue;
    EXPECT_TRUE(more) << "nothing after the end";
    EXPECT_EQ(last_.session, session_);
    more = last_.more;
  }
  EXPECT_EQ(got, range(1000, 100));
  EXPECT_FALSE(more);
  EXPECT_TRUE(world_.await_delivered(1099, 1));
  for (const uint64_t id : got) EXPECT_EQ(world_.books(id).delivered, 1u) << id;
}

TEST_F(DrainTest, WhatIsAcceptedMeanwhileTakesItsPlace) {
  auto waiting = ids_of(open_with_backlog(40).replay);
  world_.gateway->take();
  world_.append(to_everyone(message(2000, Priority::low)));
  world_.append(to_devices(message(2001, Priority::high), {device_id(1)}));
  world_.append(to_everyone(message(2002, Priority::high)));
  world_.append(to_everyone(message(2003, Priority::alert)));
  EXPECT_THAT(world_.gateway->take().delivers, IsEmpty()) << "they wait their turn";
  world_.append(to_devices(message(2004, Priority::alert), {device_id(1)}));
  const auto told = world_.gateway->take();
  ASSERT_EQ(told.delivers.size(), 1u) << "an alert does not";
  EXPECT_THAT(ids_of(told.delivers[0]), ElementsAre(2004));
  EXPECT_TRUE(told.delivers[0].more) << "the replay goes on";

  waiting.push_back(2004);
  const auto next = ack_and_take(waiting);
  std::vector<uint64_t> expected = {2001, 2002};
  for (const uint64_t id : range(1032, 8)) expected.push_back(id);
  expected.push_back(2000);
  EXPECT_EQ(next, expected) << "2003 is an alert cast behind the grant: the gateways' own";
  EXPECT_FALSE(last_.more);
  EXPECT_EQ(last_.as_of, world_.counts().applied());
}

TEST_F(DrainTest, ANewSessionStartsOverWithWhatIsStillPending) {
  const auto first = ids_of(open_with_backlog(60).replay);
  ack_and_take({first[0], first[1]});
  session_ = world_.session(1, 2);
  const auto again = world_.open(device_id(1), session_);
  EXPECT_EQ(ids_of(again.replay), range(1002, limits::in_flight_max));
  // A late ack of the first session still counts, and makes room.
  const auto next = ack_and_take(range(1002, 20));
  EXPECT_EQ(next.front(), 1034u);
}

TEST_F(DrainTest, AClosedSessionGetsNothingMore) {
  const auto first = ids_of(open_with_backlog(60).replay);
  world_.close(session_, device_);
  EXPECT_THAT(ack_and_take(first), IsEmpty());
  EXPECT_EQ(ids_of(world_.open(device_id(1), world_.session(1, 2)).replay), range(1032, 28));
}

TEST_F(DrainTest, NowOrNeverGoesOutIfThereIsRoom) {
  auto first = ids_of(open_with_backlog(60).replay);
  world_.gateway->take();
  world_.append(to_devices(message(2000, Priority::normal, 0), {device_id(1)}));
  EXPECT_THAT(world_.gateway->take().delivers, IsEmpty()) << "no room: never";
  ack_and_take({first[0]});
  world_.append(to_devices(message(2001, Priority::normal, 0), {device_id(1)}));
  const auto told = world_.gateway->take();
  ASSERT_EQ(told.delivers.size(), 1u);
  EXPECT_THAT(ids_of(told.delivers[0]), ElementsAre(2001));
  EXPECT_TRUE(told.delivers[0].more);
}

// -- Acknowledgements ----------------------------------------------------------------------------

TEST_F(StorageTest, AnAcknowledgedMessageIsNotOfferedAgainEvenBeforeItsRecord) {
  world_.append(registered(device_id(1)));
  world_.append(to_devices(message(100), {device_id(1)}));
  world_.append(to_everyone(message(101)));
  world_.append(to_everyone(message(102)));
  const auto grant = world_.open(device_id(1), world_.session(1));
  const auto before = world_.counts().applied();
  world_.ack(world_.session(1), grant.device, {100, 101});
  const auto again = world_.open(device_id(1), world_.session(2));
  EXPECT_EQ(world_.counts().applied(), before) << "the linger window is still open";
  EXPECT_THAT(ids_of(again.replay), ElementsAre(102));
  EXPECT_TRUE(world_.await_delivered(100, 1));
  EXPECT_TRUE(world_.await_delivered(101, 1));
  EXPECT_EQ(world_.counts().applied(), before + 1) << "both in one record";
  EXPECT_THAT(ids_of(world_.open(device_id(1), world_.session(3)).replay), ElementsAre(102));
}

TEST_F(StorageTest, TheSameAckTwiceChangesNothing) {
  world_.append(registered(device_id(1)));
  world_.append(to_devices(message(100), {device_id(1)}));
  world_.append(to_everyone(message(101)));
  const auto grant = world_.open(device_id(1), world_.session(1));
  for (const uint64_t id : {100, 101}) {
    for (int i = 0; i < 3; ++i) world_.ack(world_.session(1), grant.device, {id, id});
    EXPECT_TRUE(world_.await_delivered(id, 1));
    world_.ack(world_.session(1), grant.device, {id}, /*opened=*/true);
    world_.ack(world_.session(1), grant.device, {id}, /*opened=*/true);
    EXPECT_TRUE(await([&] { return world_.books(id).opened == 1; }));
    EXPECT_EQ(world_.books(id).delivered, 1u);
    EXPECT_EQ(world_.books(id).pending, 0u);
  }
}

TEST_F(StorageTest, WhatADeviceMakesUpDoesNotReachTheLog) {
  world_.append(registered(device_id(1)));
  world_.append(to_everyone(message(101)));
  const auto grant = world_.open(device_id(1), world_.session(1));
  const auto before = world_.log->last();
  world_.ack(world_.session(1), grant.device, {1, 2, 3, 99});
  world_.ack(world_.session(1), {3, 70'000}, {101});
  world_.ack(world_.session(1), {limits::partitions, 0}, {101});
  // Handled in order: once the real one is in the log, the others would be too.
  world_.ack(world_.session(1), grant.device, {101});
  EXPECT_TRUE(world_.await_delivered(101, 1));
  EXPECT_EQ(world_.log->last(), before + 1);
  EXPECT_EQ(world_.books(101).targeted, 1u);
}

TEST_F(StorageTest, AcksOutliveAFullDisk) {
  for (uint32_t i = 0; i < 50; ++i) world_.append(registered(device_id(i)));
  world_.append(to_everyone(message(100)));
  world_.append(to_devices(message(101), {device_id(1)}));
  const auto grant = world_.open(device_id(1), world_.session(1));
  const auto size = std::filesystem::file_size(folder_.path("log/00000000000000000001.log"));
  {
    const FileSizeLimit full(size);
    world_.ack(world_.session(1), grant.device, {100, 101});
    EXPECT_TRUE(await([&] { return world_.watched->refused > 0; }));
    EXPECT_THAT(ids_of(world_.open(device_id(1), world_.session(2)).replay), IsEmpty());
    EXPECT_EQ(world_.books(100).delivered, 0u);
  }
  EXPECT_TRUE(world_.await_delivered(100, 1));
  EXPECT_TRUE(world_.await_delivered(101, 1));
}

TEST_F(StorageTest, StoppingWritesTheAcksThatWait) {
  world_.append(registered(device_id(1)));
  world_.append(to_everyone(message(100)));
  const auto grant = world_.open(device_id(1), world_.session(1));
  world_.ack(world_.session(1), grant.device, {100});
  world_.restart();
  EXPECT_EQ(world_.books(100).delivered, 1u);
}

TEST_F(StorageTest, ManyAcksOfOneCastAreCountedExactly) {
  constexpr uint32_t devices = 600;
  for (uint32_t i = 0; i < devices; ++i) {
    append_and_wait(*world_.log,
                    registered(device_id(i, static_cast<uint8_t>(i))).SerializeAsString())
        .IgnoreError();
  }
  world_.append(to_everyone(message(100, Priority::alert)));
  cluster::Acknowledged acks;
  for (uint32_t i = 0; i < devices; i += 2) {
    const DeviceRef device{i % 256, i / 256};
    acks.push_back({world_.session(i), device, MessageId{100}, app, false});
    acks.push_back({world_.session(i), device, MessageId{100}, app, i % 4 == 0});
  }
  world_.tell(std::move(acks));
  EXPECT_TRUE(world_.await_delivered(100, devices / 2));
  const Books books = world_.books(100);
  EXPECT_EQ(books.targeted, devices);
  EXPECT_EQ(books.delivered, devices / 2);
  EXPECT_EQ(books.opened, devices / 4);
  EXPECT_EQ(books.priority, Priority::alert);
}

}  // namespace
}  // namespace tocsin::storage
