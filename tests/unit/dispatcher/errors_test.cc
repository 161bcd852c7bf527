// docs/errors.md against the server: every error in the catalogue is produced here over real HTTPS,
// and everything produced here is in the catalogue.
#include <atomic>
#include <ctime>
#include <future>
#include <sstream>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "dispatcher/reply/api_error.h"
#include "json/from_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/error.pb.h"
#include "tocsin/v1/push.pb.h"

#include "tests/support/event_reader.h"
#include "tests/support/grpc_client.h"
#include "tests/support/installation.h"
#include "tests/support/raw_tls_client.h"
#include "tests/support/webhook_receiver.h"
#include "tests/unit/cluster/await.h"
#include "tests/unit/dispatcher/error_catalogue.h"

namespace tocsin::dispatcher {
namespace {

using test::Error;
using test::Installation;
using test::is_row;

class ErrorsTest : public ::testing::Test {
 protected:
  // The error in `answer`, checked for its shape.
  void produced(int status, const std::string& body) {
    v1::ErrorResponse response;
    ASSERT_TRUE(json::from_json(body, response).ok()) << status << " " << body;
    EXPECT_EQ(response.error().code(), status);
    produced_.push_back({status, response.error().status(), response.error().message()});
  }

  std::string call(Installation& at, const runtime::HttpsRequest& request, int status) {
    const auto answer = at.client()->call(request);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    if (!answer.ok()) return {};
    EXPECT_EQ(answer->status, status) << request.target << " " << request.body << answer->body;
    EXPECT_EQ(answer->header("content-type"), "application/json");
    EXPECT_EQ(answer->header("retry-after").empty(), status != 429 && status != 503);
    EXPECT_EQ(answer->header("www-authenticate"), status == 401 ? "Bearer" : "");
    if (status >= 400) produced(status, answer->body);
    return answer->body;
  }

  std::string create_app(Installation& at, const std::string& name) {
    const std::string body = call(at,
                                  {.method = "POST",
                                   .target = "/v1/apps",
                                   .bearer_token = test::admin_key,
                                   .body = fmt::format(R"({{"app":"{}"}})", name)},
                                  201);
    v1::App app;
    EXPECT_TRUE(json::from_json(body, app).ok());
    return app.send_key();
  }

  void send(Installation& at, const std::string& key, const std::string& body, int status = 400) {
    call(at,
         {.method = "POST", .target = "/v1/apps/demo/messages", .bearer_token = key, .body = body},
         status);
  }

  void raw(Installation& at, const std::string& bytes, int status) {
    test::RawTlsClient client(at.port());
    ASSERT_TRUE(client.send(bytes));
    const std::string answer = client.read_to_end();
    EXPECT_EQ(answer.substr(0, 12), fmt::format("HTTP/1.1 {}", status));
    produced(status, answer.substr(answer.find("\r\n\r\n") + 4));
  }

  void bad_bodies(Installation& at, const std::string& key);
  void wrong_keys_and_paths(Installation& at, const std::string& key);
  void bad_devices_and_audiences(Installation& at, const std::string& key);
  void too_many_audiences_and_devices(Installation& at, const std::string& key);
  void bad_http(Installation& at);
  void bad_sends(Installation& at, const std::string& key);
  void bad_delivery_options(Installation& at, const std::string& key);
  void too_many_rollouts(Installation& at, const std::string& key);
  void bad_keys_and_settings(Installation& at, const std::string& key);
  void bad_webhooks(Installation& at, const std::string& key);
  void keys_that_may_not(Installation& at, const std::string& key);
  void bad_lists(Installation& at, const std::string& key);
  void too_many_schedules(Installation& at, const std::string& key);
  void a_log_that_refuses(Installation& at, const std::string& key);
  void bad_report_calls(Installation& at, const std::string& key);
  void too_many_watches();
  void too_many_totals();
  void a_log_that_waits();
  void a_webhook_that_is_tested_twice();
  void backups_that_fail(Installation& at);
  void too_many_casts();
  void too_many_apps();
  void a_storage_that_is_silent();

  std::vector<Error> produced_;
};

void ErrorsTest::bad_bodies(Installation& at, const std::string& key) {
  const std::string what = R"("data":{"k":"v"})";
  for (const char* body :
       {" ", "{", "[]", R"({"sendTim":"x"})", R"({"sendTime":"x"})",
        R"({"canary":{"percent":"x"}})", R"({"notification":{"badge":-1}})",
        R"({"notification":{"badge":1e9999999999}})", R"({"pacing":{"perS":1,"over":"1s"}})",
        R"({"devices":{"ids":"x"}})", R"({"sendTime":null,"send_time":null})", R"({"x":"x"})",
        R"({"tag":5})", R"({"everyone":1})", R"({"devices":[]})", R"({"data":{"a":"1","a":"2"}})",
        R"({"tag":"a","everyone":true})"}) {
    send(at, key, body);
  }
  for (const std::string& body :
       {"{" + what + "}", "{\"devices\":{\"ids\":[]}," + what + "}",
        "{\"device\":\"x\"," + what + "}", "{\"tag\":\"\"," + what + "}",
        "{\"everyone\":false," + what + "}", std::string(R"({"everyone":true})"),
        fmt::format(R"({{"tag":"a","notification":{{"title":"{}"}}}})", std::string(1025, 't')),
        fmt::format(R"({{"tag":"a","notification":{{"body":"{}"}}}})", std::string(4097, 'b')),
        std::string(R"({"tag":"a","data":{"":"v"}})"),
        "{\"tag\":\"a\",\"ttl\":\"1h\"," + what + "}",
        "{\"tag\":\"a\",\"ttl\":\"-1s\"," + what + "}",
        "{\"tag\":\"a\",\"priority\":\"no\"," + what + "}",
        "{\"tag\":\"a\",\"priority\":9," + what + "}"}) {
    send(at, key, body);
  }
  std::string entries;
  for (int i = 0; i < 33; ++i) entries += fmt::format(R"({}"k{}":"")", i == 0 ? "" : ",", i);
  send(at, key, fmt::format(R"({{"tag":"a","data":{{{}}}}})", entries));
  send(at, key, R"({"device":"00000000000000000000000000000000","data":{"k":"v"}})", 404);
}

void ErrorsTest::wrong_keys_and_paths(Installation& at, const std::string& key) {
  const auto get = [&](const std::string& target, const std::string& token, int status) {
    call(at, {.target = target, .bearer_token = token}, status);
  };
  get("/v1/status", "", 401);
  get("/v1/status", "guess", 401);
  get("/v1/status", key, 403);
  get("/v1/apps/demo/messages/0000000000000001", create_app(at, "other"), 403);
  get("/v1/apps/demo/messages/0000000000000001", key, 404);
  get("/v1/apps/demo/messages/1", key, 400);
  get("/v1/apps/none/messages/0000000000000001", test::admin_key, 404);
  get("/v2", "", 404);
  get("/v1/apps/demo/audiences?pageSice=1", key, 400);
  get("/v1/apps/demo/devices?pageSice=1", key, 400);
  get("/v1/apps/demo/audiences?a=%4", key, 400);
  get("/v1/apps/demo/devices?pageSize=x", key, 400);
  get("/v1/apps/demo/devices?page_size=1001", key, 400);
  get("/v1/apps/demo/devices?pageToken=zz", key, 400);
  call(at, {.method = "DELETE", .target = "/v1/apps/demo/aliases/%ff", .bearer_token = key}, 400);
  call(at,
       {.method = "POST",
        .target = "/v1/apps/demo/count",
        .bearer_token = key,
        .body = R"({"app":"other","audience":"tag:a"})"},
       400);
  call(at, {.method = "DELETE", .target = "/v1/status"}, 405);
  for (const auto& [name, status] : {std::pair{"demo", 409}, {"Demo", 400}}) {
    call(at,
         {.method = "POST",
          .target = "/v1/apps",
          .bearer_token = test::admin_key,
          .body = fmt::format(R"({{"app":"{}"}})", name)},
         status);
  }
  call(at, {.method = "POST", .target = "/v1/apps", .body = "<a/>", .content_type = "text/xml"},
       415);
}

void ErrorsTest::bad_devices_and_audiences(Installation& at, const std::string& key) {
  const DeviceId known{{7}};
  at.register_device(1, known);
  const auto ask = [&](const std::string& method, const std::string& path, const std::string& body,
                       int status) {
    call(at,
         {.method = method, .target = "/v1/apps/demo" + path, .bearer_token = key, .body = body},
         status);
  };
  const std::string device = "/devices/" + known.text();
  const std::string tag(65, 't');
  std::string tags;
  for (int i = 0; i < 65; ++i) tags += fmt::format(R"({}"t{}")", i == 0 ? "" : ",", i);
  std::string ids;
  for (size_t i = 0; i <= limits::audience_ids_max; ++i) {
    ids += fmt::format(R"({}"{}")", i == 0 ? "" : ",", known.text());
  }
  send(at, key, fmt::format(R"({{"alias":"{}","data":{{"k":"v"}}}})", tag));
  send(at, key, R"({"audience":"tag:a and","data":{"k":"v"}})");
  send(at, key, R"({"tag":"a","exclude":"tag:a and","data":{"k":"v"}})");
  send(at, key,
       fmt::format(R"({{"device":"{}","exclude":"tag:a","data":{{"k":"v"}}}})", known.text()));
  send(at, key, R"({"tag":"a","data":{"tocsin.image":"v"}})");
  ask("POST", "/messages/batch", "{}", 400);
  send(at, key, fmt::format(R"({{"tag":"a","collapseKey":"{}","data":{{"k":"v"}}}})", tag));
  ask("POST", "/count", R"({"audience":"tag:a or or"})", 400);
  ask("POST", "/count", R"({"audience":"tga:a"})", 400);
  ask("GET", "/devices", R"({"pageSize":1})", 400);
  ask("POST", "/count?audience=tag:a", "{}", 400);
  ask("POST", "/count", R"({"audience":"audience:none"})", 404);
  ask("POST", "/audiences/a%20b", "{}", 400);
  ask("POST", "/audiences/a", R"({"add":["x"]})", 400);
  ask("POST", "/audiences/a", fmt::format(R"({{"add":[{}]}})", ids), 400);
  ask("PATCH", device, fmt::format(R"({{"addTags":["{}"]}})", tag), 400);
  ask("PATCH", device, fmt::format(R"({{"removeTags":[{}]}})", tags), 400);
  ask("PATCH", device, fmt::format(R"({{"language":"{}"}})", tag), 400);
  ask("PATCH", "/devices/x", "{}", 400);
  ask("DELETE", "/devices/" + DeviceId{{9}}.text(), "", 404);
  ask("DELETE", "/aliases/nobody", "", 404);
  ask("GET", "/messages/0000000000000001" + device, "", 404);
  const auto accepted = at.client()->call({.method = "POST",
                                           .target = "/v1/apps/demo/messages",
                                           .bearer_token = key,
                                           .body = R"({"everyone":true,"data":{"k":"v"}})"});
  ASSERT_TRUE(accepted.ok());
  v1::SendResponse message;
  ASSERT_TRUE(json::from_json(accepted->body, message).ok());
  at.await_applied();
  ask("GET", "/messages/" + message.message_id() + "/devices/" + DeviceId{{9}}.text(), "", 404);
}

void ErrorsTest::too_many_audiences_and_devices(Installation& at, const std::string& key) {
  std::atomic<size_t> committed = 0;
  const auto on_commit = [&](const auto& position) { committed += position.ok() ? 1 : 0; };
  for (size_t i = 0; i < limits::audiences_per_app_max; ++i) {
    internal::Record record;
    record.mutable_audience_changed()->set_app_id(1);
    record.mutable_audience_changed()->set_name(fmt::format("a{}", i));
    at.log().append(record.SerializeAsString(), on_commit);
  }
  for (size_t i = 0; i <= limits::alias_devices_max; ++i) {
    internal::Record record;
    auto* registered = record.mutable_device_registered();
    registered->set_app_id(1);
    registered->set_device_id(fmt::format("{:016}", i));
    registered->set_registered_at_ms(wall_ms());
    registered->set_alias("crowd");
    at.log().append(record.SerializeAsString(), on_commit);
  }
  const size_t records = limits::audiences_per_app_max + limits::alias_devices_max + 1;
  for (int i = 0; i < 2000 && committed < records; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ASSERT_EQ(committed, records);
  at.await_applied();
  call(at,
       {.method = "POST",
        .target = "/v1/apps/demo/audiences/one-more",
        .bearer_token = key,
        .body = "{}"},
       429);
  call(at, {.method = "DELETE", .target = "/v1/apps/demo/aliases/crowd", .bearer_token = key}, 400);
}

void ErrorsTest::bad_http(Installation& at) {
  raw(at, "nonsense\r\n\r\n", 400);
  raw(at, "GET /healthz HTTP/1.1\r\n\r\n", 400);
  raw(at, "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
  raw(at, "GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417);
  raw(at, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501);
  raw(at, "GET / HTTP/2.5\r\nHost: h\r\n\r\n", 505);
  raw(at, "POST /v1/apps HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n", 413);
  raw(at, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(8192, 'x') + "\r\n\r\n", 431);
  const std::string post = fmt::format(
      "POST /v1/apps HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nConnection: close\r\n",
      test::admin_key);
  raw(at, post + "Content-Type: application/grpc\r\n\r\n", 415);
  raw(at, post + "Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}", 415);
  raw(at, post + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 400);
  // These are in tests/unit/runtime, with smaller limits or over HTTP/2.
  for (const auto& [status, message] :
       {std::pair{408, "the request took too long to arrive"},
        {431, "the header fields are too large: at most 8192 bytes"},
        {503, "too many connections: try again, and reuse connections"}})
    produced(status, http_error_response(status, message).body);
}

void ErrorsTest::a_log_that_refuses(Installation& at, const std::string& key) {
  const std::string body = R"({"everyone":true,"data":{"k":"v"}})";
  at.log().refuse(absl::ResourceExhaustedError("disk /x full"));
  send(at, key, body, 429);
  at.log().refuse(absl::InvalidArgumentError("too large"));
  send(at, key, body, 500);
  at.log().refuse(absl::OkStatus());
  at.log().stop();
  send(at, key, body, 503);
}

void ErrorsTest::backups_that_fail(Installation& at) {
  const auto back_up = [&](int status) {
    call(at, {.method = "POST", .target = "/v1/backups", .bearer_token = test::admin_key}, status);
  };
  at.log().hold_copies(true);
  std::promise<absl::Status> made;
  internal::BackupQuestion question;
  question.set_folder(at.folder() + "/backups/first");
  at.storage().ask(question, [&](const auto& backup) { made.set_value(backup.status()); });
  back_up(409);
  at.log().hold_copies(false);
  EXPECT_TRUE(made.get_future().get().ok());
  for (const auto& [status, refusal] :
       {std::pair{429, absl::ResourceExhaustedError("disk /x full")},
        {503, absl::UnavailableError("disk /x failed")},
        {500, absl::DataLossError("file /x damaged")}}) {
    at.log().refuse(refusal);
    back_up(status);
  }
  at.log().refuse(absl::OkStatus());
}

void ErrorsTest::too_many_casts() {
  Installation at([](auto& options) { options.api.live_casts_max = 2; });
  const std::string key = create_app(at, "demo");
  at.register_device(1, DeviceId{{1}});
  const std::string body = R"({"everyone":true,"data":{"k":"v"}})";
  send(at, key, body, 202);
  send(at, key, body, 202);
  // Storage's number of live casts is asked for once a second.
  const auto client = at.client();
  for (int i = 0; i < 500; ++i) {
    const auto answer = client->call(
        {.method = "POST", .target = "/v1/apps/demo/messages", .bearer_token = key, .body = body});
    ASSERT_TRUE(answer.ok());
    if (answer->status == 429) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  send(at, key, body, 429);
}

void ErrorsTest::too_many_apps() {
  Installation at;
  std::atomic<uint32_t> committed = 0;
  for (uint32_t id = 1; id <= limits::apps_max; ++id) {
    internal::Record record;
    auto* created = record.mutable_app_created();
    created->set_app_id(id);
    created->set_name(fmt::format("app-{}", id));
    created->set_send_key_hash(std::string(32, 'h'));
    created->set_registration_key(std::string(32, 'r'));
    created->set_device_master_secret(std::string(32, 'm'));
    created->set_key_epoch(1);
    at.log().append(record.SerializeAsString(), [&](auto position) {
      if (position.ok()) ++committed;
    });
  }
  for (int i = 0; i < 2000 && committed < limits::apps_max; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ASSERT_EQ(committed, limits::apps_max);
  at.close();
  at.open();
  call(at,
       {.method = "POST",
        .target = "/v1/apps",
        .bearer_token = test::admin_key,
        .body = R"({"app":"demo"})"},
       429);
}

void ErrorsTest::bad_sends(Installation& at, const std::string& key) {
  const auto with = [&](const std::string& more, int status = 400) {
    send(at, key, R"({"everyone":true,"data":{"k":"v"},)" + more + "}", status);
  };
  with(R"("sendTime":"2020-01-01T00:00:00Z")");
  with(R"("sendTime":"2100-01-01T00:00:00Z")");
  with(R"("idempotencyKey":"e1")", 202);
  at.await_applied();
  with(R"("idempotencyKey":"e1","ttl":"1s")");
  for (const char* path :
       {"messages?pageSize=101", "messages?pageToken=x", "messages?label=a&group=b"}) {
    call(at, {.target = fmt::format("/v1/apps/demo/{}", path), .bearer_token = key}, 400);
  }
  call(at, {.target = "/v1/apps/demo/schedules/0000000000000001", .bearer_token = key}, 404);
}

// A time that its zone has not had yet everywhere, for a day at least.
std::string tomorrow() {
  const std::time_t seconds = static_cast<std::time_t>(wall_ms() / 1000 + 86'400);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T09:00", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday);
}

void ErrorsTest::bad_delivery_options(Installation& at, const std::string& key) {
  const auto with = [&](const std::string& more) {
    send(at, key, R"({"everyone":true,"data":{"k":"v"},)" + more + "}", 400);
  };
  const std::string hours = R"({"from":"22:00","until":"07:00"})";
  with(R"("priority":"ALERT","displayWindow":)" + hours);
  with(R"("ttl":"0s","quietHours":)" + hours);
  with(fmt::format(R"("displayWindow":{0},"quietHours":{0})", hours));
  with(R"("quietHours":{"from":"24:00","until":"07:00"})");
  with(R"("localTime":"soon")");
  with(R"("localTime":"2026-12-24T09:00","sendTime":"2026-12-24T09:00:00Z")");
  with(R"("localTime":"2020-01-01T09:00")");
  with(R"("localTime":"2099-01-01T09:00")");
  with(fmt::format(R"("ttl":"3600s","localTime":"{}")", tomorrow()));
  with(R"("pacing":{})");
  with(R"("pacing":{"perS":0})");
  with(R"("pacing":{"over":"0.5s"})");
  with(R"("ttl":"60s","pacing":{"over":"60s"})");
  with(R"("canary":{"percent":60})");
  with(R"("canary":{"percent":1,"watch":"0s"})");
  with(R"("canary":{"percent":1,"minDeliveredPercent":101})");
  std::string platforms;
  for (size_t i = 0; i <= limits::platform_overrides_max; ++i) {
    platforms += fmt::format(R"({}"p{}":{{}})", i == 0 ? "" : ",", i);
  }
  with(fmt::format(R"("platforms":{{{}}})", platforms));
  with(R"("platforms":{"":{}})");
  v1::SendResponse sent;
  const std::string accepted = call(at,
                                    {.method = "POST",
                                     .target = "/v1/apps/demo/messages",
                                     .bearer_token = key,
                                     .body = R"({"everyone":true,"data":{"k":"v"}})"},
                                    202);
  ASSERT_TRUE(json::from_json(accepted, sent).ok());
  at.await_applied();
  call(at,
       {.method = "POST",
        .target = fmt::format("/v1/apps/demo/messages/{}/stop", sent.message_id()),
        .bearer_token = key},
       400);
}

void ErrorsTest::too_many_rollouts(Installation& at, const std::string& key) {
  const auto client = at.client();
  const runtime::HttpsRequest request{
      .method = "POST",
      .target = "/v1/apps/demo/messages",
      .bearer_token = key,
      .body = R"({"everyone":true,"data":{"k":"v"},"canary":{"percent":1,"watch":"3600s"}})"};
  int status = 202;
  // How many there are is looked at a few times a second.
  for (size_t i = 0; i < 20 * limits::rollouts_max && status == 202; ++i) {
    status = client->call(request)->status;
  }
  send(at, key, request.body, 429);
}

void ErrorsTest::bad_keys_and_settings(Installation& at, const std::string& key) {
  const auto ask = [&](const std::string& method, const std::string& path, const std::string& body,
                       int status) {
    call(at,
         {.method = method, .target = "/v1/apps/demo" + path, .bearer_token = key, .body = body},
         status);
  };
  ask("POST", "/keys", R"({"keyId":"No"})", 400);
  ask("POST", "/keys", "{}", 400);
  ask("POST", "/keys", R"({"scopes":["WRITE"]})", 400);
  ask("POST", "/keys", R"({"scopes":["READ"],"lifetime":"0s"})", 400);
  ask("POST", "/keys", R"({"scopes":["READ"],"lifetime":"252000000000s"})", 400);
  ask("POST", "/keys", R"({"scopes":["OPERATOR"],"label":"x"})", 400);
  ask("POST", "/keys", R"({"keyId":"one","scopes":["READ"]})", 201);
  ask("POST", "/keys", R"({"keyId":"one","scopes":["READ"]})", 409);
  ask("POST", "/keys/one/rotate", R"({"overlap":"9000000s"})", 400);
  ask("DELETE", "/keys/none", "", 404);
  for (size_t i = 2; i < limits::keys_per_app_max; ++i) {
    ask("POST", "/keys", fmt::format(R"({{"keyId":"key-{}","scopes":["READ"]}})", i), 201);
  }
  ask("POST", "/keys", R"({"scopes":["READ"]})", 429);
  ask("POST", "/keys/one/rotate", R"({"overlap":"1s"})", 429);
  ask("DELETE", "/keys/key-2", "", 200);
  ask("PATCH", "", R"({"settings":{"payloadBytesMax":4097}})", 400);
  ask("PATCH", "", R"({"settings":{"liveCastsMax":10001}})", 400);
  ask("PATCH", "", R"({"settings":{"sendBurst":1}})", 400);
  ask("PATCH", "", R"({"settings":{"payloadBytesMax":1,"everyoneNeedsRelease":true}})", 200);
  send(at, key, R"({"everyone":true,"data":{"k":"v"}})");
  send(at, key, R"({"everyone":true,"data":{"k":""},"release":"x"})");
  ask("PATCH", "", R"({"settings":{"sendsPerS":1}})", 200);
  send(at, key, R"({"tag":"a","data":{"k":"v"}})", 202);
  send(at, key, R"({"tag":"a","data":{"k":"v"}})", 429);
  ask("PATCH", "", "{}", 200);
}

void ErrorsTest::bad_webhooks(Installation& at, const std::string& key) {
  const auto ask = [&](const std::string& method, const std::string& path, const std::string& body,
                       int status) {
    call(at,
         {.method = method, .target = "/v1/apps/demo" + path, .bearer_token = key, .body = body},
         status);
  };
  ask("GET", "/webhook", "", 404);
  ask("DELETE", "/webhook/dead-letters/0000000000000001", "", 404);
  for (const char* settings :
       {R"({"webhookUrl":"nowhere"})", R"({"webhookUrl":"http://example.org/"})",
        R"({"webhookUrl":"https://169.254.169.254/"})", R"({"webhookSecret":"0123456789abcdef"})",
        R"({"webhookUrl":"https://example.org/","webhookSecret":"short"})"}) {
    ask("PATCH", "", fmt::format(R"({{"settings":{}}})", settings), 400);
  }
}

void ErrorsTest::a_webhook_that_is_tested_twice() {
  Installation at;
  const std::string key = create_app(at, "demo");
  test::WebhookReceiver receiver;
  receiver.hold(true);
  call(at,
       {.method = "PATCH",
        .target = "/v1/apps/demo",
        .bearer_token = key,
        .body = fmt::format(R"({{"settings":{{"webhookUrl":"{}"}}}})", receiver.url())},
       200);
  const runtime::HttpsRequest test{
      .method = "POST", .target = "/v1/apps/demo/webhook/test", .bearer_token = key};
  auto first = std::async(std::launch::async, [&] { return at.client()->call(test); });
  EXPECT_TRUE(test::await([&] { return !receiver.requests().empty(); }));
  call(at, test, 429);
  receiver.hold(false);
  EXPECT_EQ(first.get()->status, 200);
}

void ErrorsTest::keys_that_may_not(Installation& at, const std::string& key) {
  const std::string made = call(
      at, {.method = "POST", .target = "/v1/apps/demo/keys/one/rotate", .bearer_token = key}, 200);
  v1::Key reader;
  ASSERT_TRUE(json::from_json(made, reader).ok());
  send(at, reader.secret(), R"({"everyone":true,"data":{"k":"v"}})", 403);
  call(at,
       {.method = "POST",
        .target = "/v1/apps/demo/keys/one/rotate",
        .bearer_token = key,
        .body = R"({"overlap":"1s"})"},
       200);
  call(at, {.method = "POST", .target = "/v1/apps/demo/keys/one.old/rotate", .bearer_token = key},
       400);
  const runtime::HttpsRequest read{.target = "/v1/apps/demo", .bearer_token = reader.secret()};
  const auto client = at.client();
  for (int i = 0; i < 500 && client->call(read)->status == 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  call(at, read, 401);
}

void ErrorsTest::bad_lists(Installation& at, const std::string& key) {
  const auto list = [&](const std::string& body, const std::string& type = "application/x-ndjson") {
    call(at,
         {.method = "POST",
          .target = "/v1/apps/demo/messages/list",
          .bearer_token = key,
          .body = body,
          .content_type = type},
         400);
  };
  const std::string head = R"({"message":{"data":{"k":"v"}}})";
  list("", "application/json");
  list("\n");
  list("{");
  list(head);
  list(head + "\n" + head);
  list(R"({"message":{"data":{"k":"v"},"tag":"a"}})");
  list(R"({"message":{"data":{"k":"v"},"sendTime":"2100-01-01T00:00:00Z"}})");
  list(head + "\n" + R"({"deviceIds":["x"]})");
  list(head + "\n" + R"({"deviceIds":[")" + std::string(limits::http_line_bytes_max, 'a'));
  std::string ids = R"({"deviceIds":[)";
  for (int i = 0; i < 1500; ++i) ids += fmt::format(R"({}"{:032x}")", i == 0 ? "" : ",", i);
  std::string million = head + "\n";
  for (size_t i = 0; i <= limits::list_ids_max; i += 1500) million += ids + "]}\n";
  list(million);
}

void ErrorsTest::too_many_schedules(Installation& at, const std::string& key) {
  for (uint64_t id = 1; id <= limits::schedules_per_app_max; ++id) {
    internal::Record record;
    auto* changed = record.mutable_schedule_changed();
    changed->set_app_id(1);
    changed->set_schedule_id(id);
    changed->mutable_put()->set_due_at_ms(wall_ms() + 3'600'000);
    at.log().append(record.SerializeAsString(), [](auto) {});
  }
  send(at, key, R"({"tag":"a","data":{"k":"v"}})", 202);
  at.await_applied();
  send(at, key,
       fmt::format(R"({{"tag":"a","data":{{"k":"v"}},"sendTime":"{}"}})",
                   google::protobuf::util::TimeUtil::ToString(
                       google::protobuf::util::TimeUtil::MillisecondsToTimestamp(
                           static_cast<int64_t>(wall_ms()) + 60'000))),
       429);
}

void ErrorsTest::bad_report_calls(Installation& at, const std::string& key) {
  const auto ask = [&](const std::string& target) {
    call(at, {.target = "/v1/apps/demo/" + target, .bearer_token = key}, 400);
  };
  ask("messages/0000000000000001/watch?reportsPerS=11");
  ask("totals?fromTime=2026-01-02T00:00:00Z&untilTime=2026-01-01T00:00:00Z");
  ask("series?fromTime=yesterday");
  ask("series?fromTime=2020-01-01T00:00:00Z");
  ask("series?step=DAY");
}

// As many watches as the server has, in apps of their own; then it ends.
void ErrorsTest::too_many_watches() {
  Installation at;
  std::vector<std::unique_ptr<test::EventReader>> watches;
  const auto watch = [&](const std::string& app, const std::string& key) {
    v1::SendResponse sent;
    const std::string body = call(at,
                                  {.method = "POST",
                                   .target = fmt::format("/v1/apps/{}/messages", app),
                                   .bearer_token = key,
                                   .body = R"({"everyone":true,"data":{"k":"v"}})"},
                                  202);
    EXPECT_TRUE(json::from_json(body, sent).ok());
    at.await_applied();
    return runtime::HttpsRequest{
        .target = fmt::format("/v1/apps/{}/messages/{}/watch", app, sent.message_id()),
        .bearer_token = key};
  };
  const size_t apps = limits::watches_max / limits::watches_per_app_max;
  for (size_t i = 0; i < apps; ++i) {
    const std::string app = fmt::format("app-{}", i);
    const std::string key = create_app(at, app);
    at.register_device(static_cast<uint32_t>(i) + 1, DeviceId{{1}});
    const auto request = watch(app, key);
    for (size_t n = 0; n < limits::watches_per_app_max; ++n) {
      watches.push_back(std::make_unique<test::EventReader>(at.client(), request));
    }
    for (size_t n = watches.size() - limits::watches_per_app_max; n < watches.size(); ++n) {
      EXPECT_THAT(watches[n]->next(), testing::StartsWith("data: "));
    }
    if (i == 0) call(at, request, 429);
  }
  const std::string key = create_app(at, "one-more");
  call(at, watch("one-more", key), 429);
  at.stop_dispatcher();
  const std::string last = watches[0]->next();
  ASSERT_THAT(last, testing::StartsWith("event: error\ndata: "));
  produced(503, last.substr(last.find("data: ") + 6));
}

// Storage is held up, so that nothing comes of them.
void ErrorsTest::too_many_totals() {
  Installation at;
  const std::string key = create_app(at, "demo");
  std::promise<void> go_on;
  at.storage().ask(internal::CountsQuestion(),
                   [&go_on](const auto&) { go_on.get_future().wait(); });
  std::vector<std::future<runtime::HttpsAnswer>> answers;
  std::atomic<int> refused{0};
  for (size_t i = 0; i <= limits::totals_at_once_max; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      auto answer = *at.client()->call({.target = "/v1/apps/demo/totals", .bearer_token = key});
      if (answer.status == 429) ++refused;
      return answer;
    }));
  }
  for (int i = 0; i < 2000 && refused == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  go_on.set_value();
  for (auto& answer : answers) {
    const runtime::HttpsAnswer one = answer.get();
    if (one.status == 429) produced(one.status, one.body);
  }
  EXPECT_EQ(refused, 1);
}

void ErrorsTest::a_log_that_waits() {
  Installation at;
  const std::string key = create_app(at, "demo");
  const std::string body = R"({"app":"demo","tag":"a","data":{"k":"v"},"idempotencyKey":"e"})";
  const auto await_held = [&](size_t count) {
    for (int i = 0; i < 2000 && at.log().held_appends() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_EQ(at.log().held_appends(), count);
  };
  at.log().hold_appends(true);
  auto first = std::async(std::launch::async, [&] {
    return at.client()
        ->call({.method = "POST",
                .target = "/v1/apps/demo/messages",
                .bearer_token = key,
                .body = body})
        ->status;
  });
  await_held(1);
  send(at, key, body, 503);
  at.log().hold_appends(false);
  EXPECT_EQ(first.get(), 202);
  if (!test::grpc_is_on) return;
  at.log().hold_appends(true);
  auto pending = std::async(std::launch::async, [&] {
    v1::SendRequest request;
    EXPECT_TRUE(json::from_json(R"({"app":"demo","tag":"a","data":{"k":"v"}})", request).ok());
    test::GrpcClient client(at.grpc_port(), at.ca_pem());
    return client.call(method_of(*v1::SendRequest::descriptor()), key, request).error;
  });
  await_held(1);
  at.stop_dispatcher();
  const v1::ErrorResponse::Body ended = pending.get();
  produced_.push_back({ended.code(), ended.status(), ended.message()});
  at.log().hold_appends(false);
}

void ErrorsTest::a_storage_that_is_silent() {
  Installation at([](auto& options) { options.api.answer_ms_max = 50; });
  at.storage().stop();
  call(at,
       {.method = "POST",
        .target = "/v1/apps",
        .bearer_token = test::admin_key,
        .body = R"({"app":"demo"})"},
       504);
}

TEST_F(ErrorsTest, TheCatalogueIsWhatTheServerSays) {
  Installation at;
  const std::string key = create_app(at, "demo");
  bad_bodies(at, key);
  wrong_keys_and_paths(at, key);
  bad_devices_and_audiences(at, key);
  too_many_audiences_and_devices(at, key);
  bad_sends(at, key);
  bad_delivery_options(at, key);
  too_many_rollouts(at, key);
  bad_keys_and_settings(at, key);
  bad_webhooks(at, key);
  keys_that_may_not(at, key);
  bad_lists(at, key);
  too_many_schedules(at, key);
  bad_http(at);
  backups_that_fail(at);
  a_log_that_refuses(at, key);
  too_many_casts();
  too_many_apps();
  bad_report_calls(at, key);
  too_many_watches();
  too_many_totals();
  a_log_that_waits();
  a_webhook_that_is_tested_twice();
  a_storage_that_is_silent();

  const std::vector<Error> rows = test::error_catalogue();
  EXPECT_GT(rows.size(), 50u);
  for (const Error& row : rows) {
    if (!test::grpc_is_on && row.message.starts_with("the server is shutting down")) continue;
    EXPECT_TRUE(std::any_of(produced_.begin(), produced_.end(),
                            [&](const Error& error) { return is_row(error, row); }))
        << "in the catalogue, not produced: " << test::text_of(row);
  }
  for (const Error& error : produced_) {
    EXPECT_TRUE(
        std::any_of(rows.begin(), rows.end(), [&](const Error& row) { return is_row(error, row); }))
        << "produced, not in the catalogue: " << test::text_of(error);
  }
}

}  // namespace
}  // namespace tocsin::dispatcher
