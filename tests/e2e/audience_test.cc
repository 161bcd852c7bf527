// A real server, real TLS connections: who is meant, and what becomes of what was sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/served_app.h"

namespace tocsin::e2e {
namespace {

using testing::HasSubstr;

class AudienceTest : public ServedApp {
 protected:
  std::string send(const std::string& rest) {
    return server_.send(app_, "{" + rest + R"(,"data":{"k":"v"}})");
  }
  std::string call(const std::string& method, const std::string& path, const std::string& body = "",
                   int status = 200) {
    const auto answer = server_.call(method, "/v1/apps/demo" + path, app_.send_key, body);
    EXPECT_EQ(answer.status, status) << method << " " << path << " " << answer.body;
    return answer.body;
  }
  std::string state_of(const std::string& message, const Identity& device) {
    return call("GET", "/messages/" + message + "/devices/" + device.device.text());
  }
  // Until the device's message is in that state.
  bool becomes(const std::string& message, const Identity& device, const std::string& state) {
    for (int i = 0; i < 500; ++i) {
      if (state_of(message, device).find("\"" + state + "\"") != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ADD_FAILURE() << state_of(message, device) << " is not " << state;
    return false;
  }
};

TEST_F(AudienceTest, AnExpressionReachesThoseItMeansOnlineAndOffline) {
  const Identity mia = enroll(1, {"news"});
  const Identity leo = enroll(2, {"news"});
  const Identity zoe = enroll(3);
  for (const Identity& identity : {mia, leo}) {
    call("PATCH", "/devices/" + identity.device.text(),
         identity.device == mia.device ? R"({"language":"ja","alias":"mia"})"
                                       : R"({"language":"de","alias":"leo"})");
  }
  const auto online = open(mia);
  const auto other = open(zoe);
  EXPECT_THAT(call("POST", "/count", R"({"audience":"tag:news and not language:de"})"),
              testing::AllOf(HasSubstr(R"("devices":"1")"), HasSubstr(R"("online":"1")"),
                             HasSubstr(R"("offline":"0")")));
  const std::string id = send(R"("audience":"tag:news or alias:nobody","priority":"ALERT")");
  EXPECT_EQ(online->read_pushes(1).size(), 1u);
  EXPECT_TRUE(becomes(id, mia, "DELIVERED"));
  EXPECT_TRUE(becomes(id, leo, "PENDING"));
  EXPECT_TRUE(becomes(id, zoe, "NOT_TARGETED"));
  const auto late = connect();
  ASSERT_TRUE(late->hello(leo));
  EXPECT_EQ(late->read_pushes(1).size(), 1u);
  EXPECT_TRUE(becomes(id, leo, "DELIVERED"));
  const std::string to_user = send(R"("alias":"leo")");
  EXPECT_EQ(late->read_pushes(1).size(), 1u);
  EXPECT_EQ(server_.report(app_, to_user, "targeted"), 1u);
  EXPECT_TRUE(other->read_pushes(0).empty());
}

TEST_F(AudienceTest, AnUploadedAudienceIsATerm) {
  const Identity one = enroll(1);
  const Identity two = enroll(2);
  call("POST", "/audiences/beta", "{\"add\":[\"" + one.device.text() + "\"]}");
  call("POST", "/audiences/beta",
       "{\"clear\":true,\"add\":[\"" + two.device.text() + "\",\"" + std::string(32, '0') + "\"]}");
  EXPECT_THAT(call("POST", "/count", R"({"audience":"audience:beta"})"),
              HasSubstr(R"("devices":"1")"));
  EXPECT_THAT(call("GET", "/audiences"), HasSubstr("apps/demo/audiences/beta"));
  const std::string id = send(R"("audience":"audience:beta")");
  EXPECT_TRUE(becomes(id, two, "PENDING"));
  EXPECT_TRUE(becomes(id, one, "NOT_TARGETED"));
}

TEST_F(AudienceTest, OnlyTheNewestOfACollapseKeyIsDelivered) {
  const Identity away = enroll(1, {"game"});
  const std::string first = send(R"("tag":"game","collapseKey":"score")");
  const std::string second =
      send("\"device\":\"" + away.device.text() + R"(","collapse_key":"score")");
  const std::string third = send(R"("everyone":true,"collapseKey":"score")");
  EXPECT_TRUE(becomes(first, away, "REPLACED"));
  EXPECT_TRUE(becomes(second, away, "REPLACED"));
  const auto device = connect();
  ASSERT_TRUE(device->hello(away));
  wire::Push push;
  ASSERT_TRUE(device->read_message(wire::FrameType::push, push));
  EXPECT_EQ(push.message.text(), third);
  EXPECT_EQ(push.collapse_key, "score");
  device->acknowledge({push.message});
  EXPECT_TRUE(becomes(third, away, "DELIVERED"));
  EXPECT_EQ(server_.report(app_, first, "replaced"), 1u);
  EXPECT_TRUE(device->read_pushes(0).empty());
}

TEST_F(AudienceTest, ARecallStopsThePendingAndTellsTheOthers) {
  const Identity here = enroll(1);
  const Identity away = enroll(2);
  const auto device = open(here);
  const std::string id = send(R"("everyone":true)");
  EXPECT_EQ(device->read_pushes(1).size(), 1u);
  EXPECT_TRUE(becomes(id, here, "DELIVERED"));
  EXPECT_THAT(call("POST", "/messages/" + id + "/recall", R"({"notify":true})"),
              HasSubstr("noticeMessageId"));
  wire::Push notice;
  ASSERT_TRUE(device->read_message(wire::FrameType::push, notice));
  EXPECT_EQ(notice.recalls.text(), id);
  EXPECT_TRUE(notice.title.empty() && notice.body.empty());
  device->acknowledge({notice.message});
  EXPECT_TRUE(becomes(id, away, "RECALLED"));
  const auto late = connect();
  ASSERT_TRUE(late->hello(away));
  EXPECT_TRUE(late->read_pushes(0).empty()) << "neither the message nor its notice";
  EXPECT_EQ(server_.report(app_, id, "recalled"), 1u);
  EXPECT_EQ(server_.report(app_, id, "delivered"), 1u);
  call("POST", "/messages/" + id + "/recall", "");
}

TEST_F(AudienceTest, ADeletedUserIsGoneAndComesBackAsANewDevice) {
  const Identity mia = enroll(1, {"news"});
  const Identity leo = enroll(2, {"news"});
  call("PATCH", "/devices/" + mia.device.text(), R"({"alias":"mia"})");
  const auto device = open(mia);
  const std::string id = send(R"("tag":"news","priority":"LOW")");
  EXPECT_EQ(device->read_pushes(1, false).size(), 1u);
  EXPECT_EQ(call("DELETE", "/aliases/mia"), "{}\n");
  EXPECT_TRUE(device->wait_until_closed());
  EXPECT_TRUE(server_.wait_for_report(app_, id, "dropped", 1));
  call("GET", "/messages/" + id + "/devices/" + mia.device.text(), "", 404);
  EXPECT_THAT(call("POST", "/count", R"({"audience":"everyone"})"), HasSubstr(R"("devices":"1")"));
  const Identity again = enroll(1);
  EXPECT_TRUE(becomes(id, again, "NOT_TARGETED"));
  EXPECT_EQ(call("DELETE", "/devices/" + leo.device.text()), "{}\n");
  call("DELETE", "/devices/" + leo.device.text(), "", 404);
}

}  // namespace
}  // namespace tocsin::e2e
