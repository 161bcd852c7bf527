// A real server, real TLS connections: what is sent arrives, once, in order, in time.
#include <gtest/gtest.h>

#include "tests/e2e/served_app.h"

namespace tocsin::e2e {
namespace {

class DeliveryTest : public ServedApp {};

TEST_F(DeliveryTest, APushReachesAnOpenDeviceWithItsContent) {
  const Identity identity = enroll(1);
  const auto device = open(identity);
  const std::string id =
      send_to(identity,
              R"("notification":{"title":"Hi","body":"there"},"data":{"k":"v"},"priority":"HIGH")");
  wire::Push push;
  ASSERT_TRUE(device->read_message(wire::FrameType::push, push));
  EXPECT_EQ(push.message.text(), id);
  EXPECT_EQ(push.title, "Hi");
  EXPECT_EQ(push.body, "there");
  EXPECT_EQ(push.priority, wire::Priority::high);
  ASSERT_EQ(push.data.size(), 1u);
  EXPECT_EQ(push.data[0].key, "k");
  EXPECT_EQ(push.data[0].value, "v");
  EXPECT_EQ(server_.report(app_, id, "pending"), 1u);
  device->acknowledge({push.message});
  EXPECT_TRUE(server_.wait_for_report(app_, id, "delivered", 1));
  EXPECT_EQ(server_.report(app_, id, "pending"), 0u);
}

TEST_F(DeliveryTest, EveryoneAndTagReachWhomTheyName) {
  const auto tagged = open(enroll(1, {"news"}));
  const auto plain = open(enroll(2));
  const std::string to_tag = server_.send(app_, R"({"tag":"news","data":{"a":"1"}})");
  const std::string to_all =
      server_.send(app_, R"({"everyone":true,"data":{"a":"1"},"priority":"ALERT"})");
  const auto got_tagged = texts(tagged->read_pushes(2));
  EXPECT_EQ(std::set<std::string>(got_tagged.begin(), got_tagged.end()),
            (std::set<std::string>{to_tag, to_all}));
  EXPECT_EQ(got_tagged.size(), 2u);
  EXPECT_EQ(texts(plain->read_pushes(1)), std::vector<std::string>{to_all});
  EXPECT_TRUE(server_.wait_for_report(app_, to_all, "delivered", 2));
  EXPECT_EQ(server_.report(app_, to_tag, "targeted"), 1u);
}

TEST_F(DeliveryTest, AnAbsentDeviceGetsInboxAndCastsOnceInLaneOrder) {
  const Identity identity = enroll(1);
  std::vector<std::string> normal;
  for (int i = 0; i < 45; ++i) {  // more than may be in flight
    normal.push_back(i % 3 == 0 ? server_.send(app_, R"({"everyone":true,"data":{"a":"1"}})")
                                : send_to(identity, R"("data":{"a":"1"})"));
  }
  const std::string alert =
      server_.send(app_, R"({"everyone":true,"data":{"a":"1"},"priority":"ALERT"})");
  auto device = connect();
  ASSERT_TRUE(device->hello(identity));
  std::vector<std::string> got = texts(device->read_pushes(46));
  ASSERT_EQ(got.size(), 46u);
  EXPECT_EQ(got.front(), alert);
  got.erase(got.begin());
  EXPECT_EQ(got, normal);
  EXPECT_TRUE(server_.wait_for_report(app_, normal.back(), "delivered", 1));

  device = connect();
  ASSERT_TRUE(device->hello(identity));
  EXPECT_TRUE(device->read_pushes(0).empty()) << "nothing is delivered twice";
}

// The condition comes with Hello or after it; the message follows both times.
TEST_F(DeliveryTest, AMessageForUnmeteredNetworksWaitsForOne) {
  const Identity identity = enroll(1);
  const auto device = open(identity);
  const std::string id =
      server_.send(app_, R"({"everyone":true,"data":{"a":"1"},"deliverIf":{"unmetered":true}})");
  EXPECT_TRUE(device->read_pushes(0).empty());
  device->send_message(wire::Conditions{2});
  EXPECT_TRUE(device->read_pushes(0).empty()) << "charging is not it";
  device->send_message(wire::Conditions{3});
  EXPECT_EQ(texts(device->read_pushes(1)), std::vector<std::string>{id});
  EXPECT_TRUE(server_.wait_for_report(app_, id, "delivered", 1));
}

TEST_F(DeliveryTest, ACanaryThatGetsItLetsTheRestHaveIt) {
  std::vector<std::unique_ptr<RawDevice>> devices;
  for (uint8_t i = 1; i <= 4; ++i) devices.push_back(open(enroll(i)));
  const std::string id = server_.send(app_, R"({"everyone":true,"data":{"a":"1"},
      "canary":{"percent":25,"watch":"1s"}})");
  size_t got = 0;
  for (int round = 0; round < 20 && got < 4; ++round) {
    for (const auto& device : devices) got += device->read_pushes(0).size();
  }
  EXPECT_EQ(got, 4u);
  EXPECT_TRUE(server_.wait_for_report(app_, id, "delivered", 4));
}

TEST_F(DeliveryTest, APlatformGetsItsOwnContent) {
  const auto device = open(enroll(1));
  server_.send(app_, R"({"everyone":true,"notification":{"title":"all"},
      "platforms":{"test":{"notification":{"title":"ours"}}}})");
  wire::Push push;
  ASSERT_TRUE(device->read_message(wire::FrameType::push, push));
  EXPECT_EQ(push.title, "ours");
}

// A device in the middle of its backlog: what can wait waits its turn, what cannot goes past it.
TEST_F(DeliveryTest, AlertsAndNowOrNeverPassABacklogTheRestWaits) {
  const Identity identity = enroll(1);
  for (size_t i = 0; i < limits::in_flight_max + 8; ++i) {
    send_to(identity, R"("data":{"a":"1"})");
  }
  const auto device = connect();
  ASSERT_TRUE(device->hello(identity));
  std::vector<MessageId> first = device->read_pushes(limits::in_flight_max, false);
  ASSERT_EQ(first.size(), limits::in_flight_max);
  const std::string waiting = server_.send(app_, R"({"everyone":true,"data":{"a":"1"}})");
  const std::string now = server_.send(app_, R"({"everyone":true,"data":{"a":"1"},"ttl":"0s"})");
  const std::string alert =
      server_.send(app_, R"({"everyone":true,"data":{"a":"1"},"priority":"ALERT"})");
  const auto passing = texts(device->read_pushes(2, false));
  EXPECT_EQ(passing, (std::vector<std::string>{now, alert}));
  device->acknowledge(first);
  const auto rest = texts(device->read_pushes(9));
  ASSERT_EQ(rest.size(), 9u);
  EXPECT_EQ(rest.back(), waiting);
}

TEST_F(DeliveryTest, WhatWasNotAcknowledgedComesAgain) {
  const Identity identity = enroll(1);
  const std::string id = send_to(identity, R"("data":{"a":"1"})");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto device = connect();
    ASSERT_TRUE(device->hello(identity));
    EXPECT_EQ(texts(device->read_pushes(1, false)), std::vector<std::string>{id});
  }
}

TEST_F(DeliveryTest, AnOpenKeptWhileOfflineIsReportedRightBehindHello) {
  const Identity identity = enroll(1);
  const std::string id = send_to(identity, R"("data":{"a":"1"})");
  auto device = connect();
  ASSERT_TRUE(device->hello(identity));
  ASSERT_EQ(device->read_pushes(1).size(), 1u);
  ASSERT_TRUE(server_.wait_for_report(app_, id, "delivered", 1));
  device = connect();
  wire::Opened opened;
  opened.messages.push_back(*MessageId::parse(id));
  Bytes frames(wire::preface.begin(), wire::preface.end());
  append(frames, device->hello_frame(identity));
  ASSERT_EQ(wire::append_message(opened, frames), wire::Code::ok);
  device->send(frames);  // in one record: the grant cannot have come before
  EXPECT_TRUE(server_.wait_for_report(app_, id, "opened", 1));
  EXPECT_EQ(server_.report(app_, id, "delivered"), 1u);
}

TEST_F(DeliveryTest, ExpiredMessagesAreNotDelivered) {
  const Identity identity = enroll(1);
  const std::string now_or_never = send_to(identity, R"("data":{"a":"1"},"ttl":"0s")");
  const std::string cast = server_.send(app_, R"({"everyone":true,"data":{"a":"1"},"ttl":"0s"})");
  const std::string brief = send_to(identity, R"("data":{"a":"1"},"ttl":"1s")");
  const std::string lasting = send_to(identity, R"("data":{"a":"1"},"ttl":"600s")");
  ASSERT_TRUE(server_.wait_for_report(app_, brief, "expired", 1));
  const auto device = connect();
  ASSERT_TRUE(device->hello(identity));
  EXPECT_EQ(texts(device->read_pushes(1)), std::vector<std::string>{lasting});
  EXPECT_EQ(server_.report(app_, now_or_never, "expired"), 1u);
  EXPECT_EQ(server_.report(app_, cast, "expired"), 1u);
}

TEST_F(DeliveryTest, TagsChangedByTheDeviceHoldForTheNextCast) {
  const Identity identity = enroll(1, {"old"});
  const auto device = open(identity);
  wire::Update update{.update_id = 7, .add_tags = {}, .remove_tags = {}};
  update.add_tags.push_back("new");
  update.remove_tags.push_back("old");
  device->send_message(update);
  wire::Updated updated;
  ASSERT_TRUE(device->read_message(wire::FrameType::updated, updated));
  EXPECT_EQ(updated.update_id, 7u);
  const std::string to_new = server_.send(app_, R"({"tag":"new","data":{"a":"1"}})");
  const std::string to_old = server_.send(app_, R"({"tag":"old","data":{"a":"1"}})");
  EXPECT_EQ(texts(device->read_pushes(1)), std::vector<std::string>{to_new});
  EXPECT_EQ(server_.report(app_, to_new, "targeted"), 1u);
  EXPECT_EQ(server_.report(app_, to_old, "targeted"), 0u);
}

TEST_F(DeliveryTest, TheLaterConnectionOfADeviceReplacesTheEarlier) {
  const Identity identity = enroll(1);
  const auto first = open(identity);
  const auto second = open(identity);
  wire::GoAway away;
  ASSERT_TRUE(first->read_message(wire::FrameType::go_away, away));
  EXPECT_EQ(away.reason, wire::GoAway::Reason::replaced);
  EXPECT_TRUE(first->wait_until_closed());
}

TEST_F(DeliveryTest, AStoppingServerTellsDevicesWhenToComeBack) {
  const Identity identity = enroll(1);
  const auto device = open(identity);
  ASSERT_TRUE(server_.stop());
  wire::GoAway away;
  ASSERT_TRUE(device->read_message(wire::FrameType::go_away, away));
  EXPECT_EQ(away.reason, wire::GoAway::Reason::draining);
  EXPECT_GT(away.window_ms, 0u);
  EXPECT_TRUE(device->wait_until_closed());
  EXPECT_EQ(device->alert(), wire::TlsAlert::close_notify);
}

TEST_F(DeliveryTest, PingIsAnsweredWithPong) {
  const auto device = open(enroll(1));
  Bytes ping;
  wire::append_frame(wire::FrameType::ping, ping);
  device->send(ping);
  const auto pong = device->read();
  ASSERT_TRUE(pong.has_value());
  EXPECT_EQ(pong->type, wire::FrameType::pong);
}

TEST_F(DeliveryTest, RegisteringTwiceWithOneNonceIsTheSameDevice) {
  const Identity first = enroll(1);
  const Identity again = enroll(1);
  EXPECT_EQ(first.device, again.device);
  EXPECT_EQ(first.secret, again.secret);
  EXPECT_NE(first.device, enroll(2).device);
  const std::string id = server_.send(app_, R"({"everyone":true,"data":{"a":"1"}})");
  EXPECT_EQ(server_.report(app_, id, "targeted"), 2u);
}

}  // namespace
}  // namespace tocsin::e2e
