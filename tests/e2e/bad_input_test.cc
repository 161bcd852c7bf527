// What no honest device sends: each gets a clear error, the connection ends, and nothing else
// suffers.
#include <gtest/gtest.h>

#include "tests/e2e/raw_device.h"
#include "tests/e2e/test_server.h"

namespace tocsin::e2e {
namespace {
using Reason = wire::Error::Reason;

class BadInputTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new TestServer({"--hello_deadline_ms", "1500"});
    server_->start();
    app_ = server_->create_app("demo");
  }
  static void TearDownTestSuite() { delete server_; }

  std::unique_ptr<RawDevice> connect() {
    auto device = RawDevice::connect(server_->gateway_port(), server_->ca_pem());
    EXPECT_NE(device, nullptr);
    return device;
  }
  Identity enroll(uint8_t nonce_seed) {
    const auto identity = connect()->enroll("demo", app_.registration_key, {}, nonce_seed);
    EXPECT_TRUE(identity.has_value());
    return *identity;
  }
  void expect_refused(RawDevice& device, Reason reason) {
    EXPECT_TRUE(device.wait_until_closed());
    EXPECT_EQ(device.error(), reason) << device.error_text();
    EXPECT_FALSE(device.error_text().empty());
    expect_still_serving();
  }
  // Another device comes, is served, and gets what was sent.
  void expect_still_serving() {
    const auto device = connect();
    const Identity identity = enroll(200);
    ASSERT_TRUE(device->hello(identity));
    server_->send(app_, "{\"device\":\"" + identity.device.text() + "\",\"data\":{\"a\":\"1\"}}");
    EXPECT_EQ(device->read_pushes(1, true, 50).size(), 1u);
  }

  static TestServer* server_;
  static TestApp app_;
};
TestServer* BadInputTest::server_ = nullptr;
TestApp BadInputTest::app_;

TEST_F(BadInputTest, WrongMagic) {
  const auto device = connect();
  device->send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  expect_refused(*device, Reason::bad_frame);
}

TEST_F(BadInputTest, UnknownFrameType) {
  const auto device = connect();
  device->send_preface();
  device->send(Bytes{0x3f, 0x00});
  expect_refused(*device, Reason::bad_frame);
}

TEST_F(BadInputTest, FrameWithABodyThatIsNotItsMessage) {
  const auto device = connect();
  device->send_preface();
  device->send(Bytes{0x02, 0x03, 0xff, 0xff, 0xff});
  expect_refused(*device, Reason::bad_frame);
}

TEST_F(BadInputTest, OversizeFrame) {
  const auto device = connect();
  device->send_preface();
  device->send(Bytes{0x03, 0x81, 0x40});  // 8193 bytes announced
  expect_refused(*device, Reason::too_large);
}

TEST_F(BadInputTest, FrameOfTheOtherDirection) {
  const auto device = connect();
  device->send_preface();
  device->send(Bytes{0x43, 0x00});
  expect_refused(*device, Reason::bad_frame);
}

TEST_F(BadInputTest, GarbageBehindTheHandshakeGetsATlsAlert) {
  const auto device = connect();
  Bytes garbage = {0x17, 0x03, 0x03, 0x00, 0x20};
  garbage.resize(5 + 32, 0xab);
  device->send_raw(garbage);
  EXPECT_TRUE(device->wait_until_closed());
  EXPECT_EQ(device->alert(), wire::TlsAlert::bad_record_mac);
  expect_still_serving();
}

TEST_F(BadInputTest, PlaintextBehindTheHandshakeGetsATlsAlert) {
  const auto device = connect();
  device->send_raw(as_bytes("hello, is anybody there?"));
  EXPECT_TRUE(device->wait_until_closed());
  EXPECT_TRUE(device->alert().has_value());
  EXPECT_NE(device->alert(), wire::TlsAlert::close_notify);
  expect_still_serving();
}

TEST_F(BadInputTest, UnknownApp) {
  const auto device = connect();
  EXPECT_FALSE(device->enroll("nobody", app_.registration_key).has_value());
  expect_refused(*device, Reason::unknown_app);
}

TEST_F(BadInputTest, WrongRegistrationKey) {
  const auto device = connect();
  EXPECT_FALSE(device->enroll("demo", Bytes(32, 7)).has_value());
  expect_refused(*device, Reason::unknown_app);
}

TEST_F(BadInputTest, BadTag) {
  const auto device = connect();
  EXPECT_FALSE(device->enroll("demo", app_.registration_key, {"no spaces allowed"}).has_value());
  expect_refused(*device, Reason::bad_argument);
}

TEST_F(BadInputTest, MoreTagsThanADeviceMayHave) {
  const auto device = connect();
  const Identity identity = enroll(3);
  ASSERT_TRUE(device->hello(identity));
  server_->send(app_, "{\"device\":\"" + identity.device.text() + "\",\"data\":{\"a\":\"1\"}}");
  ASSERT_EQ(device->read_pushes(1, true, 50).size(), 1u);  // granted
  for (const char* half : {"a", "b"}) {
    wire::Update update;
    update.update_id = 1;
    std::vector<std::string> tags;
    for (size_t i = 0; i < limits::tags_per_device_max / 2 + 1; ++i) {
      tags.push_back(half + std::to_string(i));
    }
    for (const std::string& tag : tags) update.add_tags.push_back(tag);
    device->send_message(update);
    wire::Updated updated;
    if (*half == 'a') {
      ASSERT_TRUE(device->read_message(wire::FrameType::updated, updated));
      // The next answer comes after storage's news of the new tags.
      const std::string id = server_->send(app_, R"({"tag":"a0","data":{"a":"1"}})");
      ASSERT_EQ(device->read_pushes(1, true, 50).size(), 1u) << id;
    }
  }
  expect_refused(*device, Reason::bad_argument);
}

TEST_F(BadInputTest, HelloWithAnotherDevicesSecret) {
  Identity identity = enroll(1);
  identity.secret = enroll(2).secret;
  const auto device = connect();
  EXPECT_FALSE(device->hello(identity));
  expect_refused(*device, Reason::unauthenticated);
}

TEST_F(BadInputTest, HelloOfAnExpiredKeyEpoch) {
  Identity identity = enroll(1);
  identity.key_epoch += 1;
  const auto device = connect();
  EXPECT_FALSE(device->hello(identity));
  expect_refused(*device, Reason::expired);
}

TEST_F(BadInputTest, HelloReplayedOnAnotherConnection) {
  const Identity identity = enroll(1);
  const auto victim = connect();
  const Bytes recorded = victim->hello_frame(identity);
  ASSERT_TRUE(victim->hello(identity));
  const auto attacker = connect();
  attacker->send_preface();
  attacker->send(recorded);
  expect_refused(*attacker, Reason::unauthenticated);
}

TEST_F(BadInputTest, HelloTwiceOnOneConnection) {
  const Identity identity = enroll(1);
  const auto device = connect();
  ASSERT_TRUE(device->hello(identity));
  device->send(device->hello_frame(identity));
  expect_refused(*device, Reason::bad_frame);
}

// A refused session leaves nothing behind for whoever gets its slot.
TEST_F(BadInputTest, TheNextConnectionDoesNotInheritARefusedOnesAudience) {
  TestServer server({"--gateway_shards", "1"});
  server.start();
  const TestApp first = server.create_app("first");
  const TestApp second = server.create_app("second");
  const auto open = [&](const TestApp& app) {
    const auto enrolling = RawDevice::connect(server.gateway_port(), server.ca_pem());
    const auto identity = enrolling->enroll(app.name, app.registration_key);
    EXPECT_TRUE(identity.has_value());
    auto device = RawDevice::connect(server.gateway_port(), server.ca_pem());
    EXPECT_TRUE(device->hello(*identity));
    server.send(app, "{\"device\":\"" + identity->device.text() + "\",\"data\":{\"a\":\"1\"}}");
    EXPECT_EQ(device->read_pushes(1, true, 50).size(), 1u);  // granted
    return std::pair(std::move(device), *identity);
  };
  const auto [refused, identity] = open(first);
  refused->send(refused->hello_frame(identity));  // a second Hello
  EXPECT_TRUE(refused->wait_until_closed());
  const std::string to_first = server.send(first, R"({"everyone":true,"data":{"a":"1"}})");
  std::vector<decltype(open(second))> others;
  for (int i = 0; i < 4; ++i) others.push_back(open(second));  // one of them in the slot
  server.send(first, R"({"everyone":true,"data":{"a":"1"}})");
  for (const auto& [device, unused] : others) {
    EXPECT_TRUE(device->read_pushes(0).empty()) << "a push of another app";
  }
  EXPECT_EQ(server.report(first, to_first, "pending"), 1u);
}

TEST_F(BadInputTest, HelloThatNeverComes) {
  const auto device = connect();
  expect_refused(*device, Reason::timed_out);
}

TEST_F(BadInputTest, HelloOfADeviceThatIsNotRegistered) {
  // An id and a secret that derive rightly, from a nonce that registered with another app of the
  // same name on another server, do not exist here: the mac fails first.
  TestServer other;
  other.start();
  const TestApp other_app = other.create_app("demo");
  const auto stranger = RawDevice::connect(other.gateway_port(), other.ca_pem());
  const auto identity = stranger->enroll("demo", other_app.registration_key);
  ASSERT_TRUE(identity.has_value());
  const auto device = connect();
  EXPECT_FALSE(device->hello(*identity));
  expect_refused(*device, Reason::unauthenticated);
}

TEST_F(BadInputTest, AckBeforeAnythingWasSent) {
  const auto device = connect();
  device->send_preface();
  device->acknowledge({MessageId{1}});
  expect_refused(*device, Reason::bad_frame);
}

TEST_F(BadInputTest, AckOfAMessageNobodySentChangesNothing) {
  const Identity identity = enroll(1);
  const auto device = connect();
  ASSERT_TRUE(device->hello(identity));
  const std::string id =
      server_->send(app_, "{\"device\":\"" + identity.device.text() + "\",\"data\":{\"a\":\"1\"}}");
  ASSERT_EQ(device->read_pushes(1, false, 50).size(), 1u);
  device->acknowledge({MessageId{0x1234567890}});
  Bytes ping;
  wire::append_frame(wire::FrameType::ping, ping);
  device->send(ping);
  ASSERT_TRUE(device->read().has_value());
  EXPECT_EQ(server_->report(app_, id, "pending"), 1u);
  expect_still_serving();
}

TEST_F(BadInputTest, FramesFasterThanAllowed) {
  const Identity identity = enroll(1);
  const auto device = connect();
  ASSERT_TRUE(device->hello(identity));
  Bytes flood;
  for (uint32_t i = 0; i < 4 * limits::device_frames_per_s_max; ++i) {
    wire::append_frame(wire::FrameType::ping, flood);
  }
  device->send(flood);
  expect_refused(*device, Reason::too_many_requests);
}

TEST_F(BadInputTest, ApiRefusesUnknownKeyOverlongPayloadAndBadJson) {
  const auto send = [](const std::string& key, const std::string& body) {
    return server_->call("POST", "/v1/apps/demo/messages", key, body);
  };
  EXPECT_EQ(send("tsk_nobody", R"({"everyone":true,"data":{"a":"1"}})").status, 401);
  EXPECT_EQ(send(app_.send_key, "{\"everyone\":true").status, 400);
  EXPECT_EQ(send(app_.send_key, R"({"everyone":true,"dat":{"a":"1"}})").status, 400);
  const std::string long_value(limits::message_content_bytes_max + 1, 'x');
  const runtime::HttpsAnswer too_long =
      send(app_.send_key, R"({"everyone":true,"data":{"a":")" + long_value + "\"}}");
  EXPECT_EQ(too_long.status, 400) << too_long.body;
  EXPECT_NE(too_long.body.find("4096"), std::string::npos) << too_long.body;
  const std::string huge(limits::http_body_bytes_max + 1, 'x');
  EXPECT_EQ(send(app_.send_key, huge).status, 413);
  expect_still_serving();
}

}  // namespace
}  // namespace tocsin::e2e
