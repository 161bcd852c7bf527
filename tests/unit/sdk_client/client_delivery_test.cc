// What a device does with pushes: once to the app, acknowledged in time, never too late.
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/sdk_client/scripted_server.h"

namespace tocsin::sdk_client {
namespace {

using wire::Code;
using wire::FrameType;
using Ids = std::vector<uint64_t>;

class ClientDeliveryTest : public testing::Test {
 protected:
  ClientDeliveryTest() : s(ScriptedServer::registered_identity()) { s.go_live(1800); }

  Bytes pushes(const Ids& ids) {
    Bytes bytes;
    for (const uint64_t id : ids) append(bytes, ScriptedServer::frame(ScriptedServer::push(id)));
    return bytes;
  }

  // Message `id` says that message `recalled` is withdrawn.
  static Bytes recall(uint64_t id, uint64_t recalled) {
    wire::Push push;
    push.message = MessageId{id};
    push.recalls = MessageId{recalled};
    return ScriptedServer::frame(push);
  }

  ScriptedServer s;
};

TEST_F(ClientDeliveryTest, OneReadMakesOneAck) {
  s.receive(pushes({1, 2, 3}));
  EXPECT_EQ(s.delivered, (Ids{1, 2, 3}));
  EXPECT_EQ(s.take_ack(), (Ids{1, 2, 3}));
  EXPECT_TRUE(s.sent.empty());
}

TEST_F(ClientDeliveryTest, ARepeatedPushIsAckedAgainButNotShown) {
  s.receive(pushes({1, 2}));
  s.take_ack();
  s.receive(pushes({1, 3}));
  EXPECT_EQ(s.delivered, (Ids{1, 2, 3}));
  EXPECT_EQ(s.take_ack(), (Ids{1, 3}));
}

TEST_F(ClientDeliveryTest, ARepeatBeforeTheAckIsAckedOnce) {
  s.receive(pushes({1, 2, 1}));
  EXPECT_EQ(s.delivered, (Ids{1, 2}));
  EXPECT_EQ(s.take_ack(), (Ids{2, 1}));
}

TEST_F(ClientDeliveryTest, MoreThanAFrameOfAcksIsSplit) {
  Ids ids;
  for (uint64_t id = 1; id <= 70; ++id) ids.push_back(id);
  s.receive(pushes(ids));
  EXPECT_EQ(s.delivered, ids);
  Ids acked;
  for (const size_t count : {32u, 32u, 6u}) {
    const Ids some = s.take_ack();
    EXPECT_EQ(some.size(), count);
    acked.insert(acked.end(), some.begin(), some.end());
  }
  EXPECT_EQ(acked, ids);
}

TEST_F(ClientDeliveryTest, TheStateIsSavedBeforeAnAckLeaves) {
  const int before = s.persisted;
  s.feed(pushes({1}));
  EXPECT_EQ(s.persisted, before);
  s.tick();
  EXPECT_EQ(s.persisted, before + 1);
  EXPECT_EQ(s.take_ack(), Ids{1});
}

TEST_F(ClientDeliveryTest, AcksOfAnAlertAreSpread) {
  std::set<uint64_t> waits;
  for (uint64_t id = 1; id <= 40; ++id) {
    wire::Push push = ScriptedServer::push(id);
    push.ack_spread_ms = 5000;
    s.say(push);
    ASSERT_EQ(s.delivered.back(), id) << "shown at once all the same";
    const uint64_t wait_ms = s.fsm.next_tick_ms() - std::min(s.now_ms, s.fsm.next_tick_ms());
    ASSERT_LE(wait_ms, 5000u);
    waits.insert(wait_ms);
    if (s.sent.empty()) s.tick_next();
    EXPECT_EQ(s.take_ack(), Ids{id});
  }
  EXPECT_GT(waits.size(), 30u);
}

TEST_F(ClientDeliveryTest, AnEarlierAckTakesTheSpreadOnesAlong) {
  wire::Push spread = ScriptedServer::push(1);
  spread.ack_spread_ms = 60'000;
  s.feed(ScriptedServer::frame(spread));
  s.feed(pushes({2}));
  s.tick();
  EXPECT_EQ(s.take_ack(), (Ids{1, 2}));
}

TEST_F(ClientDeliveryTest, ASpreadIsBounded) {
  wire::Push push = ScriptedServer::push(1);
  push.ack_spread_ms = UINT32_MAX;
  s.feed(ScriptedServer::frame(push));
  EXPECT_LE(s.fsm.next_tick_ms(), s.now_ms + limits::ack_spread_ms_max);
}

TEST_F(ClientDeliveryTest, AnExpiredPushIsAckedButNotShown) {
  wire::Push late = ScriptedServer::push(1);
  late.expires_at_ms = s.server_time_ms() - limits::expiry_slack_ms - 1;
  s.say(late);
  EXPECT_TRUE(s.delivered.empty());
  EXPECT_EQ(s.take_ack(), Ids{1});
}

TEST_F(ClientDeliveryTest, ExpiryGoesByTheServersClockWithSomeSlack) {
  wire::Push now_or_never = ScriptedServer::push(1);
  now_or_never.sent_at_ms = s.server_time_ms();
  now_or_never.expires_at_ms = s.server_time_ms();
  s.now_ms += 500;  // a radio takes its time
  s.say(now_or_never);
  EXPECT_EQ(s.delivered, Ids{1});

  wire::Push good = ScriptedServer::push(2);
  good.expires_at_ms = s.server_time_ms() + 1000;
  s.now_ms += 1000 + limits::expiry_slack_ms + 1;
  s.say(good);
  EXPECT_EQ(s.delivered, Ids{1}) << "expired while it waited";
}

TEST_F(ClientDeliveryTest, AcksThatTheConnectionTookAwayComeWithTheRepeat) {
  s.feed(pushes({1, 2}));
  const int persisted = s.persisted;
  s.lose();
  EXPECT_EQ(s.persisted, persisted + 1) << "an app restarted now must not show them again";
  EXPECT_TRUE(s.sent.empty());
  s.tick_next();
  s.come_up();
  s.sent.clear();
  s.say(wire::Welcome{});
  EXPECT_TRUE(s.sent.empty());
  s.receive(pushes({1, 2}));
  EXPECT_EQ(s.take_ack(), (Ids{1, 2}));
  EXPECT_EQ(s.delivered, (Ids{1, 2})) << "shown once";
}

TEST_F(ClientDeliveryTest, GoAwayAndCloseSendPendingAcksFirst) {
  wire::Push spread = ScriptedServer::push(1);
  spread.ack_spread_ms = 60'000;
  s.feed(ScriptedServer::frame(spread));
  s.sent.clear();
  s.say(wire::GoAway{});
  EXPECT_EQ(s.take_ack(), Ids{1});
  EXPECT_TRUE(s.closed);

  s.go_live();
  spread.message = MessageId{2};
  s.feed(ScriptedServer::frame(spread));
  s.sent.clear();
  s.close();
  EXPECT_EQ(s.take_ack(), Ids{2});
}

TEST_F(ClientDeliveryTest, OpenedIsReportedAtOnceOrInTheNextSession) {
  EXPECT_EQ(s.opened(0), Code::malformed);
  EXPECT_EQ(s.opened(5), Code::ok);
  EXPECT_EQ(s.take_ack(FrameType::opened), Ids{5});
  s.lose();
  for (uint64_t id = 1; id <= limits::opened_pending_max; ++id) EXPECT_EQ(s.opened(id), Code::ok);
  EXPECT_EQ(s.opened(99), Code::overloaded);
  EXPECT_TRUE(s.sent.empty());
  s.tick_next();
  s.come_up();
  s.sent.clear();
  s.say(wire::Welcome{});
  EXPECT_EQ(s.take_ack(FrameType::opened), (Ids{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(ClientDeliveryTest, RememberedIdsSurviveARestart) {
  s.receive(pushes({1, 2}));
  ScriptedServer restarted(s.fsm.identity());
  const DuplicateWindow& window = s.fsm.window();
  for (size_t age = window.size(); age > 0; --age) restarted.fsm.remember(window.newest(age - 1));
  restarted.go_live();
  restarted.receive(pushes({2, 3}));
  EXPECT_EQ(restarted.delivered, Ids{3});
  EXPECT_EQ(restarted.take_ack(), (Ids{2, 3}));
}

TEST_F(ClientDeliveryTest, ARecallIsToldOnceAndAcked) {
  s.receive(pushes({1}));
  EXPECT_EQ(s.take_ack(), Ids{1});
  s.receive(recall(2, 1));
  s.receive(recall(2, 1));
  EXPECT_EQ(s.recalled, Ids{1});
  EXPECT_EQ(s.delivered, Ids{1});
  EXPECT_EQ(s.take_ack(), Ids{2});
  EXPECT_EQ(s.take_ack(), Ids{2});
}

TEST_F(ClientDeliveryTest, WhatWasRecalledBeforeItCameIsNotShown) {
  s.receive(recall(2, 1));
  EXPECT_EQ(s.take_ack(), Ids{2}) << "and not 1, which has not come";
  s.receive(pushes({1, 3}));
  EXPECT_EQ(s.delivered, Ids{3});
  EXPECT_EQ(s.take_ack(), (Ids{1, 3}));
}

TEST_F(ClientDeliveryTest, ARecallAmongWaitingAcksAcksNoMoreAndNoLess) {
  Bytes bytes = pushes({1, 2, 3});
  append(bytes, recall(4, 9));
  append(bytes, recall(5, 2));
  append(bytes, pushes({6}));
  s.receive(bytes);
  EXPECT_EQ(s.delivered, (Ids{1, 2, 3, 6}));
  EXPECT_EQ(s.recalled, (Ids{9, 2}));
  EXPECT_EQ(s.take_ack(), (Ids{1, 2, 3, 4, 5, 6}));
  s.receive(pushes({9}));
  EXPECT_EQ(s.delivered, (Ids{1, 2, 3, 6}));
}

// The promise itself: whatever the server repeats and however the connection breaks, each message
// reaches the app once, and in the end all are acked.
TEST_F(ClientDeliveryTest, OnceToTheAppUnderRandomRepeatsAndLosses) {
  constexpr uint64_t seed = 7;
  Prng prng(seed);
  std::set<uint64_t> pending;
  uint64_t next_id = 1;
  for (int round = 0; round < 3000; ++round) {
    if (s.fsm.state() != ClientState::live) s.go_live();
    if (pending.size() < limits::in_flight_max) pending.insert(next_id++);
    Bytes bytes;
    for (const uint64_t id : pending) {
      if (prng.below(2) == 0) append(bytes, pushes({id}));
    }
    s.feed(bytes);
    if (prng.below(4) == 0) {
      s.lose();
      s.sent.clear();
      continue;
    }
    s.tick();
    while (!s.sent.empty()) {
      if (s.sent.front().type != FrameType::ack) {
        s.sent.pop_front();
        continue;
      }
      for (const uint64_t id : s.take_ack()) pending.erase(id);
    }
  }
  const std::set<uint64_t> once(s.delivered.begin(), s.delivered.end());
  EXPECT_EQ(once.size(), s.delivered.size()) << "seed " << seed;
  EXPECT_GT(once.size(), 1000u);
  for (uint64_t id = 1; id < next_id; ++id) {
    EXPECT_TRUE(once.contains(id) || pending.contains(id)) << id;
  }
}

}  // namespace
}  // namespace tocsin::sdk_client
