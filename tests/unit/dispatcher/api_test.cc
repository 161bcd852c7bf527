// The API from outside, over real HTTPS, on a real log and real storage.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dispatcher/json_body.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/push.pb.h"
#include "wire/codec.h"
#include "wire/frame.h"

#include "tests/support/installation.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::HasSubstr;

class ApiTest : public ::testing::Test {
 protected:
  runtime::HttpsAnswer call(const runtime::HttpsRequest& request) {
    const auto answer = at_.client()->call(request);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    return answer.ok() ? *answer : runtime::HttpsAnswer{};
  }

  runtime::HttpsAnswer as_admin(const std::string& target) {
    return call({.target = target, .bearer_token = test::admin_key});
  }

  v1::App create_app(const std::string& name) {
    const auto answer = call({.method = "POST",
                              .target = "/v1/apps",
                              .bearer_token = test::admin_key,
                              .body = fmt::format(R"({{"app":"{}"}})", name)});
    EXPECT_EQ(answer.status, 201) << answer.body;
    v1::App app;
    EXPECT_TRUE(parse_json(answer.body, app).ok());
    return app;
  }

  runtime::HttpsAnswer send(const v1::App& app, const std::string& body) {
    return call({.method = "POST",
                 .target = fmt::format("/v1/apps/{}/messages", app.app()),
                 .bearer_token = app.send_key(),
                 .body = body});
  }

  v1::SendResponse accepted(const v1::App& app, const std::string& body) {
    const auto answer = send(app, body);
    EXPECT_EQ(answer.status, 202) << answer.body;
    v1::SendResponse response;
    EXPECT_TRUE(parse_json(answer.body, response).ok());
    return response;
  }

  // The report, once storage has the message.
  v1::MessageReport report(const v1::App& app, const std::string& message) {
    v1::MessageReport report;
    runtime::HttpsAnswer answer;
    for (int i = 0; i < 1000; ++i) {
      answer = call({.target = fmt::format("/v1/apps/{}/messages/{}", app.app(), message),
                     .bearer_token = app.send_key()});
      if (answer.status != 404) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(parse_json(answer.body, report).ok());
    return report;
  }

  test::Installation at_;
};

TEST_F(ApiTest, ANewAppCanBeUsedAtOnce) {
  const v1::App app = create_app("demo");
  EXPECT_EQ(app.name(), "apps/demo");
  EXPECT_EQ(app.send_key().substr(0, 4), "tsk_");
  EXPECT_EQ(app.registration_key().size(), 64u);
  EXPECT_GT(app.create_time().seconds(), 0);
  EXPECT_EQ(send(app, R"({"everyone":true,"data":{"k":"v"}})").status, 202);
}

TEST_F(ApiTest, AppsAreListedByNameWithoutKeys) {
  create_app("zebra");
  create_app("ant");
  at_.register_device(2, DeviceId{{1}});
  v1::ListAppsResponse apps;
  const auto answer = as_admin("/v1/apps");
  ASSERT_TRUE(parse_json(answer.body, apps).ok());
  ASSERT_EQ(apps.apps_size(), 2);
  EXPECT_EQ(apps.apps(0).app(), "ant");
  EXPECT_EQ(apps.apps(0).devices(), 1u);
  EXPECT_EQ(apps.apps(1).app(), "zebra");
  EXPECT_EQ(apps.apps(1).devices(), 0u);
  EXPECT_FALSE(apps.apps(0).has_send_key());
}

TEST_F(ApiTest, OneOfTwoCreationsOfANameSucceeds) {
  std::vector<std::future<int>> creations;
  for (int i = 0; i < 4; ++i) {
    creations.push_back(std::async(std::launch::async, [this] {
      return call({.method = "POST",
                   .target = "/v1/apps",
                   .bearer_token = test::admin_key,
                   .body = R"({"app":"race"})"})
          .status;
    }));
  }
  std::multiset<int> statuses;
  for (auto& creation : creations) statuses.insert(creation.get());
  EXPECT_EQ(statuses, (std::multiset<int>{201, 409, 409, 409}));
}

TEST_F(ApiTest, ACastReachesTheGatewaysAsAFrameReadyToSend) {
  const v1::App app = create_app("demo");
  const auto response = accepted(app, R"({"tag":"news","notification":{"title":"T"},
                                          "priority":"ALERT","ttl":"60s"})");
  at_.await_casts(1);
  const cluster::Cast cast = at_.casts()[0];
  EXPECT_EQ(cast.tag, "news");
  EXPECT_FALSE(cast.everyone);
  EXPECT_EQ(cast.position, at_.log().last());
  EXPECT_EQ(cast.envelope->message.text(), response.message_id());
  EXPECT_EQ(cast.envelope->priority, wire::Priority::alert);
  EXPECT_EQ(cast.envelope->expires_at_ms - cast.envelope->accepted_at_ms, 60'000u);
  wire::FrameView frame;
  size_t used = 0;
  wire::Push push;
  ASSERT_EQ(wire::read_frame(as_bytes(cast.envelope->push_frame), limits::server_frame_bytes_max,
                             frame, used),
            wire::Code::ok);
  ASSERT_EQ(wire::decode(frame.body, push), wire::Code::ok);
  EXPECT_EQ(push.title, "T");
  EXPECT_EQ(push.message, cast.envelope->message);
}

TEST_F(ApiTest, ASendToDevicesIsNoCastAndHasBooks) {
  const v1::App app = create_app("demo");
  const DeviceId device{{1, 2, 3}};
  at_.register_device(1, device);
  const auto response =
      accepted(app, fmt::format(R"({{"device":"{}","data":{{"k":"v"}}}})", device.text()));
  const v1::MessageReport books = report(app, response.message_id());
  EXPECT_EQ(books.name(), response.name());
  EXPECT_EQ(books.targeted(), 1u);
  EXPECT_EQ(books.pending(), 1u);
  EXPECT_EQ(books.delivered(), 0u);
  EXPECT_EQ(books.priority(), v1::SendRequest::NORMAL);
  EXPECT_TRUE(at_.casts().empty());
}

TEST_F(ApiTest, OneUnknownDeviceRefusesTheWholeSend) {
  const v1::App app = create_app("demo");
  const DeviceId known{{1}};
  at_.register_device(1, known);
  const cluster::Position before = at_.log().last();
  const auto answer =
      send(app, fmt::format(R"({{"devices":{{"ids":["{}","{}"]}},"data":{{"k":"v"}}}})",
                            known.text(), DeviceId{{2}}.text()));
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr(DeviceId{{2}}.text()));
  EXPECT_THAT(answer.body, HasSubstr(R"("field":"devices.ids")"));
  EXPECT_EQ(at_.log().last(), before);
}

TEST_F(ApiTest, DevicesOfAnotherAppAreUnknown) {
  const v1::App one = create_app("one");
  create_app("two");
  at_.register_device(2, DeviceId{{1}});
  EXPECT_EQ(send(one, fmt::format(R"({{"device":"{}","data":{{"k":"v"}}}})", DeviceId{{1}}.text()))
                .status,
            404);
}

TEST_F(ApiTest, ReportsAreTheAppsOwn) {
  const v1::App one = create_app("one");
  const v1::App two = create_app("two");
  const auto response = accepted(one, R"({"everyone":true,"data":{"k":"v"}})");
  EXPECT_EQ(report(one, response.message_id()).targeted(), 0u);
  const auto foreign = call(
      {.target = "/v1/apps/two/messages/" + response.message_id(), .bearer_token = two.send_key()});
  EXPECT_EQ(foreign.status, 404);
}

TEST_F(ApiTest, TakesWhatPeoplePaste) {
  const v1::App app = create_app("demo");
  for (const char* type : {"application/json", "application/json; charset=UTF-8",
                           "Application/JSON", "application/x-www-form-urlencoded", ""}) {
    const auto answer = call({.method = "POST",
                              .target = "/v1/apps/demo/messages?trace=1",
                              .bearer_token = app.send_key(),
                              .body = R"({"everyone":true,"notification":{"title":"hi"}})",
                              .content_type = type});
    EXPECT_EQ(answer.status, 202) << type << answer.body;
  }
}

TEST_F(ApiTest, StatusTellsTheNumbers) {
  create_app("demo");
  at_.register_device(1, DeviceId{{1}});
  v1::ServerStatus status;
  ASSERT_TRUE(parse_json(as_admin("/v1/status").body, status).ok());
  EXPECT_EQ(status.version(), "1.2.3");
  EXPECT_EQ(status.connections(), 3u);
  EXPECT_EQ(status.handshakes_in_flight(), 4u);
  EXPECT_EQ(status.apps(), 1u);
  EXPECT_EQ(status.devices(), 1u);
  EXPECT_EQ(status.log_position(), 2u);
  EXPECT_EQ(status.applied_position(), 2u);
  EXPECT_GT(status.resident_bytes(), 0u);
  EXPECT_GT(status.start_time().seconds(), 0);
}

TEST_F(ApiTest, HealthNeedsNoKeyAndMetricsDo) {
  EXPECT_EQ(call({.target = "/healthz"}).body, "ok\n");
  EXPECT_EQ(call({.method = "HEAD", .target = "/healthz"}).status, 200);
  EXPECT_EQ(call({.target = "/metrics"}).status, 401);
  const auto metrics = as_admin("/metrics");
  EXPECT_THAT(
      metrics.body,
      HasSubstr("tocsin_api_answers_total{call=\"/healthz\",status=\"200\",transport=\"rest\"} "));
  EXPECT_THAT(metrics.header("content-type"), HasSubstr("text/plain"));
}

TEST_F(ApiTest, ARestartKeepsAppsAndNeverRepeatsAnId) {
  const v1::App app = create_app("demo");
  const std::string before = accepted(app, R"({"everyone":true,"data":{"k":"v"}})").message_id();
  at_.close();
  at_.open();
  const std::string after = accepted(app, R"({"everyone":true,"data":{"k":"v"}})").message_id();
  EXPECT_GT(after, before);
  EXPECT_EQ(report(app, before).message_id(), before);
  EXPECT_EQ(create_app("other").app(), "other");
  v1::ListAppsResponse apps;
  ASSERT_TRUE(parse_json(as_admin("/v1/apps").body, apps).ok());
  EXPECT_EQ(apps.apps_size(), 2);
}

TEST_F(ApiTest, ManySendersAtOnceAllGetTheirOwnMessage) {
  const v1::App app = create_app("demo");
  std::vector<std::future<std::vector<std::string>>> senders;
  for (int sender = 0; sender < 4; ++sender) {
    senders.push_back(std::async(std::launch::async, [&] {
      const auto client = at_.client();
      std::vector<std::string> ids;
      for (int i = 0; i < 50; ++i) {
        const auto answer = client->call({.method = "POST",
                                          .target = "/v1/apps/demo/messages",
                                          .bearer_token = app.send_key(),
                                          .body = R"({"tag":"t","data":{"k":"v"}})"});
        v1::SendResponse response;
        if (answer.ok() && parse_json(answer->body, response).ok()) {
          ids.push_back(response.message_id());
        }
      }
      return ids;
    }));
  }
  std::set<std::string> ids;
  for (auto& sender : senders) {
    for (const std::string& id : sender.get()) ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 200u);
  at_.await_casts(200);
}

TEST(DispatcherStart, ATakenAddressIsSaid) {
  test::Installation at;
  Options options = at.options();
  options.listen_address = fmt::format("127.0.0.1:{}", at.port());
  const auto second = Dispatcher::start(options, at.log(), at.bus(), at.storage());
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  // The one that could not start has left nothing behind that hears of new apps.
  const auto answer = at.client()->call({.method = "POST",
                                         .target = "/v1/apps",
                                         .bearer_token = test::admin_key,
                                         .body = R"({"app":"demo"})"});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 201);
}

}  // namespace
}  // namespace tocsin::dispatcher
