#include "storage/tables/webhook_queues.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/apply/webhook_records.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/store_state.h"
#include "tests/unit/storage/webhook_records.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using testing::ElementsAre;
using testing::IsEmpty;

class WebhookQueuesTest : public testing::Test {
 protected:
  WebhookQueuesTest() : now_ms_(wall_ms()), store_(folder_.path("db")) {
    store_.apply(app_created());
    for (uint32_t i = 1; i <= 3; ++i) store_.apply(registered(device_id(i), {"a"}));
    store_.apply(webhook_set());
  }

  MessageOf message(uint64_t id) const {
    return {id, wire::Priority::normal, now_ms_, 3'600'000, app};
  }
  DeviceRef place(uint32_t number) const { return store_.ref(device_id(number)); }

  struct Event {
    uint64_t sequence;
    uint32_t kind;
    MessageId message;
    uint64_t at_ms;
    uint64_t devices;
    std::vector<DeviceId> known;
  };
  static std::vector<Event> events_of(const StoreUnderTest& store, uint64_t until = UINT64_MAX) {
    auto question = cluster::about<internal::WebhookEventsQuestion>(app);
    question.set_until(until);
    const auto answer = store.ask(question);
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<Event> events;
    if (!answer.ok()) return events;
    for (const auto& event : answer->events()) {
      events.push_back({event.sequence(),
                        event.kind(),
                        MessageId{event.message_id()},
                        event.at_ms(),
                        event.devices(),
                        {}});
      for (const std::string& id : event.device_ids()) {
        events.back().known.push_back(*DeviceId::from_bytes(as_bytes(id)));
      }
    }
    return events;
  }
  std::vector<Event> events(uint64_t until = UINT64_MAX) const { return events_of(store_, until); }
  // "NUMBER KIND MESSAGE: DEVICES" of each.
  std::vector<std::string> told(uint64_t until = UINT64_MAX) const {
    static constexpr const char* names[] = {
        "", "delivered", "opened", "replaced", "recalled", "dropped", "", "capped", "stopped"};
    std::vector<std::string> lines;
    for (const Event& event : events(until)) {
      lines.push_back(
          fmt::format("{} {} {}:", event.sequence, names[event.kind], event.message.value));
      for (const DeviceId& device : event.known) {
        lines.back() += fmt::format(" {}", device.bytes[15]);
      }
    }
    return lines;
  }
  struct Letter {
    uint64_t first;
    uint64_t last;
    uint64_t events;
    uint64_t first_at_ms;
    uint64_t failed_at_ms;
    uint32_t attempts;
    std::string error;
  };
  std::vector<Letter> letters() const {
    const auto answer = store_.ask(cluster::about<internal::DeadLettersQuestion>(app));
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<Letter> letters;
    if (!answer.ok()) return letters;
    for (const auto& letter : answer->letters()) {
      letters.push_back({letter.first(), letter.last(), letter.events(), letter.first_at_ms(),
                         letter.failed_at_ms(), letter.attempts(), letter.error()});
    }
    return letters;
  }
  // Queue that a message was recalled from these devices.
  void recall_from(const sets::DeviceSet& devices) {
    ApplyStep step{store_.store->batch(), store_.store->state(), {}};
    const ApplyParts parts{*store_.store,     store_.apps,   *store_.registry,
                           *store_.messages,  *store_.inbox, store_.inbox_tallies,
                           store_.live_casts, store_.names,  store_.webhooks};
    tell_webhook(app, internal::RECALLED, MessageId{100}, devices, parts, step);
    internal::Record record;
    record.mutable_messages_delivered()->set_gathered_at_ms(now_ms_);
    ASSERT_TRUE(queue_news(record, parts, step).ok());
    ASSERT_TRUE(store_.store->write(step.batch, store_.store->state()).ok());
  }
  // Four events: messages 100 to 103, each delivered to device 1.
  void deliver_four() {
    for (uint64_t id = 100; id < 104; ++id) {
      store_.apply(to_devices(message(id), {device_id(1)}));
      store_.apply(delivered(id, {place(1)}));
    }
  }

  TempFolder folder_;
  uint64_t now_ms_;
  StoreUnderTest store_;
};

// -- What becomes an event -----------------------------------------------------------------------

TEST_F(WebhookQueuesTest, DeliveriesOfACastAreToldOnceADevice) {
  store_.apply(to_everyone(message(100)));
  store_.apply(delivered(100, {place(1), place(2)}));
  store_.apply(delivered(100, {place(2), place(3)}, {place(2)}));
  store_.apply(delivered(100, {place(3)}, {place(2)}));
  EXPECT_THAT(told(), ElementsAre("1 delivered 100: 1 2", "2 delivered 100: 3", "3 opened 100: 2"));
}

TEST_F(WebhookQueuesTest, DeliveriesOfASendToDevicesAreToldOnceADevice) {
  store_.apply(to_devices(message(100), {device_id(1), device_id(2)}));
  store_.apply(delivered(100, {place(1)}, {place(1)}));
  store_.apply(delivered(100, {place(1)}, {place(1)}));
  store_.apply(delivered(100, {}, {place(2)}));
  store_.apply(delivered(100, {place(3)}, {place(3)}));
  EXPECT_THAT(told(), ElementsAre("1 delivered 100: 1", "2 opened 100: 1", "3 delivered 100: 2",
                                  "4 opened 100: 2"))
      << "opened implies delivered; device 3 was never targeted";
}

TEST_F(WebhookQueuesTest, WhatIsReplacedAndRecalledIsTold) {
  store_.apply(collapsing(to_tag(message(100), "a"), "score"));
  store_.apply(delivered(100, {place(1)}));
  store_.apply(collapsing(to_tag(message(101), "a"), "score"));
  store_.apply(delivered(101, {place(2)}));
  store_.apply(recalled(101, now_ms_ + 5));
  EXPECT_THAT(told(), ElementsAre("1 delivered 100: 1", "2 replaced 100: 2 3", "3 delivered 101: 2",
                                  "4 recalled 101: 1 3"));
  EXPECT_EQ(events().back().at_ms, now_ms_ + 5);
}

TEST_F(WebhookQueuesTest, WhatIsAcknowledgedAfterItWasRecalledIsToldOnce) {
  store_.apply(to_devices(message(100), {device_id(1)}));
  store_.apply(recalled(100, now_ms_));
  store_.apply(delivered(100, {place(1)}));
  store_.apply(delivered(100, {place(1)}));
  EXPECT_THAT(told(), ElementsAre("1 recalled 100: 1", "2 delivered 100: 1"));
}

TEST_F(WebhookQueuesTest, WhatAFullInboxDropsIsTold) {
  for (uint64_t id = 1; id <= limits::inbox_messages_max + 1; ++id) {
    store_.apply(to_devices(message(id), {device_id(1), device_id(2)}));
  }
  EXPECT_THAT(told(), ElementsAre("1 dropped 1: 1 2"));
}

TEST_F(WebhookQueuesTest, WhoIsCappedAndWhomAStoppedRolloutMissesIsTold) {
  internal::Record capped = to_devices(message(100), {device_id(1)});
  capped.mutable_message_accepted()->set_frequency_cap(1);
  store_.apply(capped);
  capped = to_devices(message(101), {device_id(1), device_id(2)});
  capped.mutable_message_accepted()->set_frequency_cap(1);
  store_.apply(capped);
  internal::Record paced = to_tag(message(102), "a");
  paced.mutable_message_accepted()->mutable_rollout()->set_per_s(1);
  store_.apply(paced);
  internal::Record stop;
  auto& stepped = *stop.mutable_rollout_stepped();
  stepped.set_app_id(app.value);
  stepped.set_message_id(102);
  stepped.set_step(1);
  stepped.set_stepped_at_ms(now_ms_);
  stepped.set_stop("enough");
  store_.apply(stop);
  EXPECT_THAT(told(), ElementsAre("1 capped 101: 1", "2 stopped 102: 1 2 3"));
}

TEST_F(WebhookQueuesTest, AnAcknowledgementHasTheTimeItWasGathered) {
  store_.apply(to_everyone(message(100)));
  internal::Record record = delivered(100, {place(1)});
  record.mutable_messages_delivered()->set_gathered_at_ms(now_ms_ + 77);
  store_.apply(record);
  EXPECT_EQ(events().at(0).at_ms, now_ms_ + 77);
}

TEST_F(WebhookQueuesTest, WithoutAWebhookThereAreNoEvents) {
  store_.apply(webhook_set(""));
  deliver_four();
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_THAT(store_.webhooks.waiting(), IsEmpty());
}

TEST_F(WebhookQueuesTest, ADeletedDeviceIsCountedButNotNamed) {
  store_.apply(to_everyone(message(100)));
  store_.apply(delivered(100, {place(1), place(2)}));
  store_.apply(deleted(device_id(1), now_ms_));
  const auto told = events();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].devices, 2u);
  EXPECT_THAT(told[0].known, ElementsAre(device_id(2)));
}

TEST_F(WebhookQueuesTest, WhenPlacesMayBeSomebodyElsesNobodyIsNamed) {
  deliver_four();
  const uint64_t later_ms = now_ms_ + uint64_t{limits::ttl_s_max} * 1000 + 60'000;
  store_.apply(deleted(device_id(3), later_ms));
  ASSERT_EQ(events().size(), 4u);
  EXPECT_EQ(events()[0].devices, 1u);
  EXPECT_THAT(events()[0].known, IsEmpty());
}

TEST_F(WebhookQueuesTest, ManyDevicesAreSeveralEventsAndARequestHasABound) {
  sets::DeviceSet many;
  const size_t devices = 2 * limits::webhook_event_devices_max + 10;
  for (uint32_t i = 0; i < devices; ++i) many.add({i % 256, i / 256});
  recall_from(many);
  EXPECT_EQ(store_.webhooks.row(app).events(), 3u);
  const auto first = events();
  ASSERT_EQ(first.size(), 2u) << "the third does not fit the request";
  EXPECT_EQ(first[0].devices, limits::webhook_event_devices_max);
  store_.apply(webhook_advanced(1, 2));
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(events()[0].devices, 10u);
}

// -- The queue -----------------------------------------------------------------------------------

TEST_F(WebhookQueuesTest, WhatTheWebhookHasHadIsGone) {
  deliver_four();
  EXPECT_THAT(store_.webhooks.waiting(), ElementsAre(app));
  store_.apply(webhook_advanced(1, 3));
  EXPECT_THAT(told(), ElementsAre("4 delivered 103: 1"));
  store_.apply(webhook_advanced(1, 3));
  store_.apply(webhook_advanced(4, 9));
  EXPECT_THAT(store_.webhooks.waiting(), IsEmpty());
  EXPECT_EQ(store_.webhooks.row(app).bytes(), 0u);
}

TEST_F(WebhookQueuesTest, ARequestThatIsRepeatedHasTheSameEvents) {
  deliver_four();
  EXPECT_EQ(events(2).size(), 2u);
  EXPECT_EQ(events(2).back().sequence, 2u);
}

TEST_F(WebhookQueuesTest, SurvivesARestart) {
  deliver_four();
  store_.apply(webhook_advanced(1, 1, "answered 410"));
  ASSERT_TRUE(store_.store->flush(true).ok());
  store_.registry.reset();
  store_.messages.reset();
  store_.inbox.reset();
  store_.sessions.reset();
  store_.replays.reset();
  store_.backlog.reset();
  store_.apply_record.reset();
  store_.store.reset();
  StoreUnderTest again(folder_.path("db"));
  EXPECT_THAT(again.webhooks.waiting(), ElementsAre(app));
  EXPECT_EQ(again.webhooks.row(app).events(), 3u);
  EXPECT_EQ(again.webhooks.row(app).dead_letters(), 1u);
  again.apply(to_everyone(message(200)));
  again.apply(delivered(200, {{3, 0}}));
  EXPECT_EQ(events_of(again).back().sequence, 5u) << "numbers go on";
}

TEST_F(WebhookQueuesTest, RemovingTheWebhookForgetsWhatWaits) {
  deliver_four();
  store_.apply(webhook_advanced(1, 2, "answered 410"));
  store_.apply(webhook_set("https://example.org/other"));
  EXPECT_EQ(store_.webhooks.row(app).events(), 2u) << "a change of address keeps it";
  store_.apply(webhook_set(""));
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(store_.webhooks.row(app).dead_letters(), 0u);
  store_.apply(webhook_set());
  store_.apply(to_everyone(message(200)));
  store_.apply(delivered(200, {place(1)}));
  EXPECT_THAT(told(), ElementsAre("5 delivered 200: 1")) << "an id is never given twice";
}

TEST_F(WebhookQueuesTest, AFullQueueDropsTheOldestAndSaysSo) {
  sets::DeviceSet many;
  for (uint32_t i = 0; i < 1'000'000; ++i) many.add({0, 1'000'000 + i});
  uint64_t entered = 0;
  while (store_.webhooks.row(app).dropped_events() == 0) {
    ASSERT_LT(entered, 100'000u);
    recall_from(many);
    entered += 1'000;
  }
  const internal::WebhookQueueRow queue = store_.webhooks.row(app);
  EXPECT_LE(queue.bytes(), limits::webhook_queue_bytes_max);
  EXPECT_GT(queue.bytes(), limits::webhook_queue_bytes_max / 2);
  EXPECT_EQ(queue.events() + queue.dropped_events(), entered);
  EXPECT_EQ(events().front().sequence, queue.dropped_events() + 1);
}

// -- Dead letters --------------------------------------------------------------------------------

TEST_F(WebhookQueuesTest, WhatIsGivenUpIsADeadLetter) {
  deliver_four();
  store_.apply(webhook_advanced(1, 2, "answered 410", now_ms_ + 9));
  EXPECT_THAT(told(), ElementsAre("3 delivered 102: 1", "4 delivered 103: 1"));
  const auto dead = letters();
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].first, 1u);
  EXPECT_EQ(dead[0].last, 2u);
  EXPECT_EQ(dead[0].events, 2u);
  EXPECT_EQ(dead[0].attempts, 9u);
  EXPECT_EQ(dead[0].error, "answered 410");
  EXPECT_EQ(dead[0].failed_at_ms, now_ms_ + 9);
}

TEST_F(WebhookQueuesTest, ARetriedDeadLetterIsBackAtItsPlace) {
  deliver_four();
  store_.apply(webhook_advanced(1, 2, "answered 410"));
  store_.apply(webhook_advanced(3, 3));
  store_.apply(dead_letters_changed({1, 99}, /*retried=*/true));
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_THAT(told(), ElementsAre("1 delivered 100: 1", "2 delivered 101: 1"))
      << "a request ends at a gap";
  store_.apply(webhook_advanced(1, 2));
  EXPECT_THAT(told(), ElementsAre("4 delivered 103: 1"));
}

TEST_F(WebhookQueuesTest, WhatComesBackWhileARequestIsUnderWayIsNotTakenForPosted) {
  deliver_four();
  store_.apply(webhook_advanced(2, 2, "answered 410"));
  EXPECT_EQ(events().size(), 1u);
  store_.apply(dead_letters_changed({2}, /*retried=*/true));
  store_.apply(webhook_advanced(1, 1));
  EXPECT_EQ(events().front().sequence, 2u);
}

TEST_F(WebhookQueuesTest, AForgottenDeadLetterIsGone) {
  deliver_four();
  store_.apply(webhook_advanced(1, 4, "answered 410"));
  store_.apply(dead_letters_changed({1}, /*retried=*/false));
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(WebhookQueuesTest, TooManyDeadLettersLoseTheOldest) {
  store_.apply(to_everyone(message(100)));
  for (uint64_t i = 1; i <= limits::dead_letters_max + 2; ++i) {
    store_.apply(to_devices(message(1000 + i), {device_id(1)}));
    store_.apply(delivered(1000 + i, {place(1)}));
    store_.apply(webhook_advanced(i, i, "answered 500"));
  }
  EXPECT_EQ(letters().size(), limits::dead_letters_max);
  EXPECT_EQ(letters().front().first, 3u);
  EXPECT_EQ(store_.webhooks.row(app).dropped_dead_letters(), 2u);
}

TEST_F(WebhookQueuesTest, RecordsThatAreNoneAreRefused) {
  EXPECT_FALSE(store_.try_apply(webhook_advanced(0, 3).SerializeAsString()).ok());
  EXPECT_FALSE(store_.try_apply(webhook_advanced(4, 3).SerializeAsString()).ok());
  EXPECT_FALSE(store_.try_apply(dead_letters_changed({}, true).SerializeAsString()).ok());
}

}  // namespace
}  // namespace tocsin::storage
