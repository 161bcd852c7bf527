// The server is killed, without warning, at the worst moments; what was accepted is delivered.
#include <gtest/gtest.h>

#include "tests/e2e/raw_device.h"
#include "tests/e2e/test_server.h"

namespace tocsin::e2e {
namespace {

class DurabilityTest : public testing::Test {
 protected:
  void start_with_device(const std::string& fault = "") {
    server_.start();
    app_ = server_.create_app("demo");
    auto device = RawDevice::connect(server_.gateway_port(), server_.ca_pem());
    ASSERT_NE(device, nullptr);
    const auto identity = device->enroll("demo", app_.registration_key);
    ASSERT_TRUE(identity.has_value());
    identity_ = *identity;
    if (fault.empty()) return;
    server_.kill();
    server_.start(fault);
  }
  std::unique_ptr<RawDevice> open() {
    auto device = RawDevice::connect(server_.gateway_port(), server_.ca_pem());
    EXPECT_NE(device, nullptr);
    EXPECT_TRUE(device->hello(identity_)) << device->error_text();
    return device;
  }
  void expect_gets_exactly(const std::vector<std::string>& messages) {
    const auto device = open();
    std::vector<std::string> got;
    for (const MessageId id : device->read_pushes(messages.size())) got.push_back(id.text());
    EXPECT_EQ(got, messages);
  }

  TestServer server_;
  TestApp app_;
  Identity identity_;
};

TEST_F(DurabilityTest, KilledRightAfterAcceptingForAnAbsentDevice) {
  start_with_device();
  const std::string one =
      server_.send(app_, "{\"device\":\"" + identity_.device.text() + "\",\"data\":{\"a\":\"1\"}}");
  const std::string all = server_.send(app_, R"({"everyone":true,"data":{"a":"1"}})");
  server_.kill();
  server_.start();
  EXPECT_EQ(server_.report(app_, one, "pending"), 1u);
  expect_gets_exactly({one, all});
  EXPECT_TRUE(server_.wait_for_report(app_, all, "delivered", 1));
}

TEST_F(DurabilityTest, KilledBetweenAcceptAndDeliveryToAConnectedDevice) {
  start_with_device("gateway.before_fan_out:1");
  const auto device = open();
  // Once the device has a message, it has all that it missed: the next can only come by fan-out.
  const std::string first =
      server_.send(app_, "{\"device\":\"" + identity_.device.text() + "\",\"data\":{\"a\":\"0\"}}");
  ASSERT_EQ(device->read_pushes(1).size(), 1u);
  ASSERT_TRUE(server_.wait_for_report(app_, first, "delivered", 1));
  // The 202 and the death race each other; durable it is in either case.
  server_.call("POST", "/v1/apps/demo/messages", app_.send_key,
               R"({"everyone":true,"data":{"a":"1"},"priority":"ALERT"})");
  server_.wait_until_dead();
  EXPECT_TRUE(device->read_pushes(0).empty());
  server_.start();
  const auto again = open();
  EXPECT_EQ(again->read_pushes(1).size(), 1u);
}

TEST_F(DurabilityTest, KilledAfterTheAnswerAndBeforeTheFanOut) {
  start_with_device("dispatcher.after_accept:1");
  const auto device = open();
  server_.call("POST", "/v1/apps/demo/messages", app_.send_key,
               R"({"everyone":true,"data":{"a":"1"}})");
  server_.wait_until_dead();
  device->read_pushes(0, false);  // it may have got it; unacknowledged it must come again
  server_.start();
  const auto again = open();
  EXPECT_EQ(again->read_pushes(1).size(), 1u);
}

TEST_F(DurabilityTest, KilledBetweenCommitAndAnswer) {
  start_with_device("dispatcher.after_commit:1");
  const runtime::HttpsAnswer answer = server_.call("POST", "/v1/apps/demo/messages", app_.send_key,
                                                   R"({"everyone":true,"data":{"a":"1"}})");
  EXPECT_EQ(answer.status, 0) << "nobody was told it was accepted";
  server_.wait_until_dead();
  server_.start();
  const auto device = open();
  EXPECT_EQ(device->read_pushes(1).size(), 1u) << "committed is committed";
}

TEST_F(DurabilityTest, KilledAgainAndAgainNothingIsLostOrRepeated) {
  start_with_device();
  std::vector<std::string> sent;
  for (int round = 0; round < 5; ++round) {
    sent.push_back(server_.send(
        app_, "{\"device\":\"" + identity_.device.text() + "\",\"data\":{\"a\":\"1\"}}"));
    server_.kill();
    server_.start();
  }
  expect_gets_exactly(sent);
  for (const std::string& id : sent) EXPECT_TRUE(server_.wait_for_report(app_, id, "delivered", 1));
  server_.kill();
  server_.start();
  expect_gets_exactly({});
}

TEST_F(DurabilityTest, BooksSurviveAnOrderlyStop) {
  start_with_device();
  const std::string id = server_.send(app_, R"({"everyone":true,"data":{"a":"1"}})");
  expect_gets_exactly({id});
  ASSERT_TRUE(server_.stop());
  server_.start();
  EXPECT_EQ(server_.report(app_, id, "delivered"), 1u);
  EXPECT_EQ(server_.report(app_, id, "pending"), 0u);
}

}  // namespace
}  // namespace tocsin::e2e
