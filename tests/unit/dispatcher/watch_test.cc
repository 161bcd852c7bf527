// Watches of messages over REST, against a real server.
#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/from_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/error.pb.h"
#include "tocsin/v1/push.pb.h"

#include "tests/support/acknowledge.h"
#include "tests/support/event_reader.h"
#include "tests/support/raw_tls_client.h"

namespace tocsin::dispatcher {
namespace {

using test::EventReader;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class WatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    v1::App app;
    const std::string made = call("POST", "/v1/apps", R"({"app":"demo"})", test::admin_key);
    ASSERT_TRUE(json::from_json(made, app).ok()) << made;
    key_ = app.send_key();
    for (const uint8_t first : {1, 2, 3}) at_.register_device(1, DeviceId{{first}}, "a");
  }

  std::string call(const std::string& method, const std::string& target, const std::string& body,
                   const std::string& key) {
    const auto answer =
        at_.client()->call({.method = method, .target = target, .bearer_token = key, .body = body});
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->body : "";
  }

  std::string send() {
    v1::SendResponse sent;
    const std::string body =
        call("POST", "/v1/apps/demo/messages", R"({"everyone":true,"data":{"k":"v"}})", key_);
    EXPECT_TRUE(json::from_json(body, sent).ok()) << body;
    at_.await_applied();
    return sent.message_id();
  }

  std::unique_ptr<EventReader> watch(const std::string& message, const std::string& query = "",
                                     const std::string& key = "") {
    return std::make_unique<EventReader>(
        at_.client(),
        runtime::HttpsRequest{
            .target = fmt::format("/v1/apps/demo/messages/{}/watch{}", message, query),
            .bearer_token = key.empty() ? key_ : key});
  }

  static v1::MessageReport report(const std::string& event) {
    v1::MessageReport report;
    EXPECT_THAT(event, StartsWith("data: "));
    EXPECT_TRUE(json::from_json(event.substr(std::min<size_t>(event.size(), 6)), report).ok())
        << event;
    return report;
  }

  test::Installation at_;
  std::string key_;
};

TEST_F(WatchTest, TellsTheBooksAtOnceAndWhenTheyChange) {
  const std::string message = send();
  const auto watching = watch(message, "?reportsPerS=10");
  EXPECT_EQ(report(watching->next()).pending(), 3u);
  acknowledge(at_, message, {DeviceId{{1}}});
  const v1::MessageReport one = report(watching->next());
  EXPECT_EQ(one.delivered(), 1u);
  EXPECT_EQ(one.pending(), 2u);
  ASSERT_EQ(one.latency().curve_size(), 1);
  EXPECT_EQ(one.latency().curve(0).deliveries(), 1u);
  EXPECT_EQ(one.latency().curve(0).within().nanos(), 128'000'000);
  acknowledge(at_, message, {DeviceId{{2}}, DeviceId{{3}}});
  EXPECT_EQ(report(watching->next()).pending(), 0u);
  EXPECT_EQ(watching->next(), "event: end\ndata: {}");
  EXPECT_EQ(watching->next(), "");
  EXPECT_EQ(watching->answer().header("content-type"), "text/event-stream");
}

TEST_F(WatchTest, AMessageThatIsDoneIsToldOnce) {
  const std::string message = send();
  acknowledge(at_, message, {DeviceId{{1}}, DeviceId{{2}}, DeviceId{{3}}});
  const auto watching = watch(message);
  EXPECT_EQ(report(watching->next()).delivered(), 3u);
  EXPECT_EQ(watching->next(), "event: end\ndata: {}");
}

TEST_F(WatchTest, ManyWatchersOfOneMessageAreToldTheSame) {
  const std::string message = send();
  std::vector<std::unique_ptr<EventReader>> watchers;
  for (int i = 0; i < 5; ++i) watchers.push_back(watch(message, "?reportsPerS=10"));
  for (const auto& one : watchers) EXPECT_EQ(report(one->next()).pending(), 3u);
  acknowledge(at_, message, {DeviceId{{1}}, DeviceId{{2}}, DeviceId{{3}}});
  for (const auto& one : watchers) {
    EXPECT_EQ(report(one->next()).delivered(), 3u);
    EXPECT_EQ(one->next(), "event: end\ndata: {}");
  }
}

TEST_F(WatchTest, ErrorsBeforeTheFirstReportAreOrdinaryAnswers) {
  EXPECT_EQ(watch("0000000000000001")->answer().status, 404);
  EXPECT_EQ(watch("x")->answer().status, 400);
  EXPECT_EQ(watch(send(), "?reportsPerS=11")->answer().status, 400);
  EXPECT_EQ(watch(send(), "", "wrong")->answer().status, 401);
}

TEST_F(WatchTest, AKeyThatEndsSeesNoMore) {
  v1::Key reader;
  const std::string made =
      call("POST", "/v1/apps/demo/keys", R"({"keyId":"reader","scopes":["READ"]})", key_);
  ASSERT_TRUE(json::from_json(made, reader).ok()) << made;
  const std::string message = send();
  const auto watching = watch(message, "?reportsPerS=10", reader.secret());
  EXPECT_EQ(report(watching->next()).pending(), 3u);
  call("DELETE", "/v1/apps/demo/keys/reader", "", key_);
  acknowledge(at_, message, {DeviceId{{1}}});
  EXPECT_THAT(watching->next(), StartsWith("event: error\ndata: {\"error\":{\"code\":401"));
  EXPECT_EQ(watching->next(), "");
}

TEST_F(WatchTest, AServerThatEndsSaysSo) {
  const auto watching = watch(send());
  EXPECT_EQ(report(watching->next()).pending(), 3u);
  at_.stop_dispatcher();
  EXPECT_THAT(watching->next(), HasSubstr("the server is shutting down"));
  EXPECT_EQ(watching->next(), "");
  EXPECT_EQ(watching->answer().status, 200);
}

TEST_F(WatchTest, WhoGoesMakesRoomForAnother) {
  const std::string message = send();
  const std::string request = fmt::format(
      "GET /v1/apps/demo/messages/{}/watch HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\n\r\n",
      message, key_);
  {
    std::vector<std::unique_ptr<test::RawTlsClient>> watchers;
    for (size_t i = 0; i < limits::watches_per_app_max; ++i) {
      watchers.push_back(std::make_unique<test::RawTlsClient>(at_.port()));
      ASSERT_TRUE(watchers.back()->send(request));
    }
    for (const auto& one : watchers) EXPECT_THAT(one->read_answer(), HasSubstr(" 200 "));
    const auto refused = watch(message);
    EXPECT_EQ(refused->answer().status, 429);
    EXPECT_THAT(refused->answer().body, HasSubstr("its maximum of 64 watches"));
  }
  acknowledge(at_, message, {DeviceId{{1}}, DeviceId{{2}}, DeviceId{{3}}});
  for (int i = 0; i < 500; ++i) {
    if (watch(message)->answer().status == 200) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "those who went are counted still";
}

}  // namespace
}  // namespace tocsin::dispatcher
