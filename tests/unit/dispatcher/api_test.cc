// The API from outside, over real HTTPS, on a real log and real storage.
#include <set>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "dispatcher/reply/resource.h"
#include "json/from_json.h"
#include "json/timestamp.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/schedules.pb.h"
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
    EXPECT_TRUE(json::from_json(answer.body, app).ok());
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
    EXPECT_TRUE(json::from_json(answer.body, response).ok());
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
    EXPECT_TRUE(json::from_json(answer.body, report).ok());
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
  ASSERT_TRUE(json::from_json(answer.body, apps).ok());
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
                              .target = "/v1/apps/demo/messages",
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
  ASSERT_TRUE(json::from_json(as_admin("/v1/status").body, status).ok());
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
  ASSERT_TRUE(json::from_json(as_admin("/v1/apps").body, apps).ok());
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
        if (answer.ok() && json::from_json(answer->body, response).ok()) {
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
  Options options = at.options().api;
  options.listen_address = fmt::format("127.0.0.1:{}", at.port());
  const auto second = Dispatcher::start(options, at.log(), at.bus(), at.storage(), at.webhooks());
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  // The one that could not start has left nothing on the bus that hears of new apps.
  const auto answer = at.client()->call({.method = "POST",
                                         .target = "/v1/apps",
                                         .bearer_token = test::admin_key,
                                         .body = R"({"app":"demo"})"});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 201);
}

TEST_F(ApiTest, ARepeatedSendWithItsKeyIsAnsweredAsTheFirstAndSendsNothing) {
  const v1::App app = create_app("demo");
  const std::string body = R"({"tag":"a","data":{"k":"v"},"idempotencyKey":"order-17"})";
  const v1::SendResponse first = accepted(app, body);
  at_.await_applied();
  const v1::SendResponse again = accepted(app, body);
  EXPECT_EQ(again.message_id(), first.message_id());
  EXPECT_EQ(again.expire_time().nanos(), first.expire_time().nanos());
  EXPECT_THAT(send(app, R"({"tag":"b","data":{"k":"v"},"idempotencyKey":"order-17"})").body,
              HasSubstr("was used for another message"));
  EXPECT_NE(
      accepted(app, R"({"tag":"a","data":{"k":"v"},"idempotencyKey":"order-18"})").message_id(),
      first.message_id());
  at_.await_applied();
  at_.await_casts(2);
}

TEST_F(ApiTest, OfManyCallsAtOnceWithOneKeyOneSends) {
  const v1::App app = create_app("demo");
  std::vector<std::future<runtime::HttpsAnswer>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      return send(app, R"({"everyone":true,"data":{"k":"v"},"idempotencyKey":"once"})");
    }));
  }
  std::set<std::string> messages;
  for (auto& call : calls) {
    const runtime::HttpsAnswer answer = call.get();
    if (answer.status == 503) continue;
    v1::SendResponse response;
    ASSERT_TRUE(json::from_json(answer.body, response).ok());
    messages.insert(response.message_id());
  }
  EXPECT_EQ(messages.size(), 1u);
  at_.await_applied();
  EXPECT_EQ(at_.casts().size(), 1u);
}

std::string rfc3339(uint64_t wall_ms) {
  google::protobuf::Timestamp time;
  json::set_time(time, wall_ms);
  return google::protobuf::util::TimeUtil::ToString(time);
}

TEST_F(ApiTest, AScheduledSendWaitsForItsTimeAndSurvivesARestart) {
  const v1::App app = create_app("demo");
  const auto scheduled =
      accepted(app, fmt::format(R"({{"everyone":true,"data":{{"k":"v"}},"sendTime":"{}"}})",
                                rfc3339(wall_ms() + 1'500)));
  EXPECT_FALSE(scheduled.has_expire_time());
  const std::string path = "/v1/apps/demo/schedules/" + scheduled.message_id();
  EXPECT_EQ(call({.target = path, .bearer_token = app.send_key()}).status, 200);
  EXPECT_TRUE(at_.casts().empty());
  at_.close();
  at_.open();
  at_.await_casts(1);
  EXPECT_EQ(at_.casts()[0].envelope->message.text(), scheduled.message_id());
  EXPECT_EQ(report(app, scheduled.message_id()).name(), scheduled.name());
  at_.await_applied();
  EXPECT_EQ(call({.target = path, .bearer_token = app.send_key()}).status, 404);
}

TEST_F(ApiTest, AScheduleThatWasDueWhileTheServerWasDownIsSentAtItsStart) {
  const v1::App app = create_app("demo");
  const auto scheduled =
      accepted(app, fmt::format(R"({{"everyone":true,"data":{{"k":"v"}},"sendTime":"{}"}})",
                                rfc3339(wall_ms() + 300)));
  at_.close();
  while (wall_ms() < static_cast<uint64_t>(scheduled.send_time().seconds()) * 1000 + 1000) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  at_.open();
  at_.await_casts(1);
  EXPECT_EQ(at_.casts()[0].envelope->message.text(), scheduled.message_id());
}

TEST_F(ApiTest, AScheduleCanBeChangedAndDeletedUntilItIsSent) {
  const v1::App app = create_app("demo");
  const std::string later = rfc3339(wall_ms() + 3'600'000);
  const auto scheduled =
      accepted(app, fmt::format(R"({{"tag":"a","data":{{"k":"v"}},"sendTime":"{}"}})", later));
  const std::string path = "/v1/apps/demo/schedules/" + scheduled.message_id();
  const auto changed = call({.method = "PATCH",
                             .target = path,
                             .bearer_token = app.send_key(),
                             .body = R"({"message":{"tag":"b","data":{"k":"w"}}})"});
  EXPECT_EQ(changed.status, 200) << changed.body;
  v1::ListSchedulesResponse listed;
  const auto answer = call({.target = "/v1/apps/demo/schedules", .bearer_token = app.send_key()});
  ASSERT_TRUE(json::from_json(answer.body, listed).ok()) << answer.body;
  ASSERT_EQ(listed.schedules_size(), 1);
  EXPECT_EQ(listed.schedules(0).message().tag(), "b");
  EXPECT_EQ(listed.schedules(0).send_time().seconds(), scheduled.send_time().seconds());
  const runtime::HttpsRequest remove{
      .method = "DELETE", .target = path, .bearer_token = app.send_key()};
  EXPECT_EQ(call(remove).status, 200);
  EXPECT_EQ(call(remove).status, 404);
}

v1::Key key_in(const runtime::HttpsAnswer& answer) {
  v1::Key key;
  EXPECT_TRUE(json::from_json(answer.body, key).ok()) << answer.status << answer.body;
  return key;
}

TEST_F(ApiTest, KeysHaveScopesAreRotatedAndRevoked) {
  const v1::App app = create_app("demo");
  const auto post = [&](const std::string& path, const std::string& body) {
    return call({.method = "POST",
                 .target = "/v1/apps/demo/keys" + path,
                 .bearer_token = app.send_key(),
                 .body = body});
  };
  const auto counts = [&](const std::string& key) {
    return call({.method = "POST",
                 .target = "/v1/apps/demo/count",
                 .bearer_token = key,
                 .body = R"({"audience":"everyone"})"})
        .status;
  };
  const v1::Key reader = key_in(post("", R"({"keyId":"reader","scopes":["READ"]})"));
  EXPECT_EQ(counts(reader.secret()), 200);
  v1::App as_reader = app;
  as_reader.set_send_key(reader.secret());
  EXPECT_EQ(send(as_reader, R"({"everyone":true,"data":{"k":"v"}})").status, 403);
  const v1::Key renewed = key_in(post("/reader/rotate", R"({"overlap":"3600s"})"));
  EXPECT_EQ(counts(reader.secret()), 200);
  EXPECT_EQ(counts(renewed.secret()), 200);
  const v1::Key last = key_in(post("/reader/rotate", ""));
  EXPECT_EQ(counts(renewed.secret()), 401);
  EXPECT_EQ(counts(last.secret()), 200);
  EXPECT_EQ(call({.method = "DELETE",
                  .target = "/v1/apps/demo/keys/reader",
                  .bearer_token = app.send_key()})
                .status,
            200);
  EXPECT_EQ(counts(last.secret()), 401);
}

// A name that storage does not accept would stop it for every app.
TEST_F(ApiTest, TheLongestNameOfAKeyCanBeRotatedAndALongerOneIsRefused) {
  const v1::App app = create_app("demo");
  const auto post = [&](const std::string& path, const std::string& body) {
    return call({.method = "POST",
                 .target = "/v1/apps/demo/keys" + path,
                 .bearer_token = app.send_key(),
                 .body = body});
  };
  const std::string longest(60, 'k');
  const auto make = [&](const std::string& id) {
    return post("", fmt::format(R"({{"keyId":"{}","scopes":["READ"]}})", id));
  };
  EXPECT_EQ(make(longest + "k").status, 400);
  EXPECT_EQ(make(longest).status, 201);
  const std::string overlap = R"({"overlap":"3600s"})";
  EXPECT_EQ(post("/" + longest + "/rotate", overlap).status, 200);
  EXPECT_EQ(post("/" + longest + "/rotate", overlap).status, 200);
  EXPECT_EQ(post("/" + longest + ".old/rotate", overlap).status, 400);
  EXPECT_EQ(send(app, R"({"tag":"a","data":{"k":"v"}})").status, 202);
  at_.await_applied();
}

TEST_F(ApiTest, AlertsNeedTheScopeForThem) {
  v1::App app = create_app("demo");
  const v1::Key sender = key_in(call({.method = "POST",
                                      .target = "/v1/apps/demo/keys",
                                      .bearer_token = app.send_key(),
                                      .body = R"({"scopes":["SEND"]})"}));
  app.set_send_key(sender.secret());
  EXPECT_EQ(send(app, R"({"everyone":true,"data":{"k":"v"},"priority":"HIGH"})").status, 202);
  const auto refused = send(app, R"({"everyone":true,"data":{"k":"v"},"priority":"ALERT"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("ALERT"));
}

TEST_F(ApiTest, SettingsBoundWhatAnAppSends) {
  const v1::App app = create_app("demo");
  const auto set = [&](const std::string& settings) {
    const auto answer = call({.method = "PATCH",
                              .target = "/v1/apps/demo",
                              .bearer_token = app.send_key(),
                              .body = fmt::format(R"({{"settings":{{{}}}}})", settings)});
    EXPECT_EQ(answer.status, 200) << answer.body;
  };
  const std::string body = R"({"tag":"a","data":{"k":"0123456789"}})";
  set(R"("payloadBytesMax":10)");
  EXPECT_THAT(send(app, body).body, HasSubstr("payload_bytes_max is 10"));
  set(R"("sendsPerS":1,"sendBurst":2)");
  EXPECT_EQ(send(app, body).status, 202);
  EXPECT_EQ(send(app, body).status, 202);
  const auto refused = send(app, body);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("retry-after"), "1");
}

TEST_F(ApiTest, ASendToEveryoneIsHeldUntilItIsReleased) {
  const v1::App app = create_app("demo");
  call({.method = "PATCH",
        .target = "/v1/apps/demo",
        .bearer_token = app.send_key(),
        .body = R"({"settings":{"everyoneNeedsRelease":true}})"});
  const v1::SendResponse held = accepted(app, R"({"everyone":true,"data":{"k":"v"}})");
  EXPECT_TRUE(held.message_id().empty());
  EXPECT_TRUE(held.has_audience());
  const auto with_token = [&](const std::string& value) {
    return fmt::format(R"({{"everyone":true,"data":{{"k":"{}"}},"release":"{}"}})", value,
                       held.release_token());
  };
  EXPECT_EQ(send(app, with_token("other")).status, 400);
  EXPECT_FALSE(accepted(app, with_token("v")).message_id().empty());
  EXPECT_EQ(send(app, with_token("v")).status, 400);
  EXPECT_EQ(at_.casts().size(), 1u);
}

TEST_F(ApiTest, MessagesAreListedByLabelAndGroup) {
  const v1::App app = create_app("demo");
  const auto labelled = [&](const std::string& label, const std::string& group) {
    return accepted(app,
                    fmt::format(R"({{"tag":"a","data":{{"k":"v"}},"label":"{}","group":"{}"}})",
                                label, group))
        .message_id();
  };
  const std::string one = labelled("spring", "x");
  const std::string two = labelled("spring", "y");
  const std::string three = labelled("autumn", "y");
  at_.await_applied();
  const auto listed = [&](const std::string& query) {
    v1::ListMessagesResponse response;
    const auto answer =
        call({.target = "/v1/apps/demo/messages" + query, .bearer_token = app.send_key()});
    EXPECT_TRUE(json::from_json(answer.body, response).ok()) << answer.body;
    std::vector<std::string> ids;
    for (const auto& message : response.messages()) ids.push_back(message.message_id());
    return ids;
  };
  EXPECT_EQ(listed(""), (std::vector<std::string>{three, two, one}));
  EXPECT_EQ(listed("?label=spring"), (std::vector<std::string>{two, one}));
  EXPECT_EQ(listed("?group=y"), (std::vector<std::string>{three, two}));
  EXPECT_EQ(listed("?label=winter"), std::vector<std::string>());
}

}  // namespace
}  // namespace tocsin::dispatcher
