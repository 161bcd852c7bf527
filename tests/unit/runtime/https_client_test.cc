// The blocking client against a server that does what the test says; http_server_test.cc and
// http_flow_test.cc have it against ours.
#include "runtime/http/https_client.h"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/environment_variable.h"
#include "tests/support/https_identity.h"
#include "tests/support/webhook_receiver.h"

namespace tocsin::runtime {
namespace {

using test::WebhookReceiver;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class HttpsClientTest : public testing::Test {
 protected:
  std::unique_ptr<HttpsClient> client(HttpsClientOptions options = {}) {
    if (options.server.empty()) options.server = server_.url("");
    options.ca_pem = identity_.certificate_chain_pem;
    options.timeout_ms = 60'000;
    return *HttpsClient::create(std::move(options));
  }

  // A body that goes on as long as anyone takes it, within reason.
  HttpsClient::NextPiece endless() {
    return [this] { return ++pieces_ <= pieces_max ? std::string(16 * 1024, 'x') : std::string(); };
  }

  static constexpr int pieces_max = 100'000;
  TlsIdentity identity_ = test::https_identity();
  WebhookReceiver server_{&identity_};
  int pieces_ = 0;
};

TEST_F(HttpsClientTest, SaysWhatItIsToldAndNothingElse) {
  const auto answer = client()->call({.method = "PATCH",
                                      .target = "/a/../b?c=%20d",
                                      .bearer_token = "key",
                                      .body = "{}",
                                      .content_type = "text/plain"});
  ASSERT_TRUE(answer.ok()) << answer.status();
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.line, "PATCH /a/../b?c=%20d HTTP/1.1");
  EXPECT_EQ(request.body, "{}");
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("authorization", "Bearer key"), Pair("content-length", "2"),
                          Pair("content-type", "text/plain"),
                          Pair("host", server_.url("").substr(8)), Pair("user-agent", "tocsin")));
}

TEST_F(HttpsClientTest, CallsOneAfterTheOtherOnOneConnection) {
  server_.keep_alive();
  const auto kept = client();
  for (const std::string method : {"GET", "POST", "DELETE"}) {
    server_.answer_raw("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Y: z\r\n\r\nbody");
    const auto answer = kept->call({.method = method});
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body, "body");
    EXPECT_EQ(answer->header("x-y"), "z");
  }
  EXPECT_EQ(server_.connections(), 1u);
}

// The server may have acted on what it has not answered.
TEST_F(HttpsClientTest, OnlyAGetIsRepeatedWhenAKeptConnectionIsClosed) {
  server_.keep_alive();
  for (const std::string method : {"POST", "DELETE", "GET"}) {
    const auto kept = client();
    ASSERT_TRUE(kept->call({}).ok());
    const size_t before = server_.requests().size();
    server_.answer_raw("");
    const auto answer = kept->call({.method = method});
    const bool is_get = method == "GET";
    EXPECT_EQ(answer.ok(), is_get);
    EXPECT_EQ(absl::IsUnavailable(answer.status()), !is_get) << answer.status();
    EXPECT_EQ(server_.requests().size() - before, is_get ? 2u : 1u);
    EXPECT_TRUE(kept->call({.method = method}).ok());
  }
}

TEST_F(HttpsClientTest, AnAnswerBeforeTheEndOfAnUploadIsTheAnswer) {
  for (const int status : {202, 401}) {
    server_.answer(status);
    pieces_ = 0;
    const auto answer = client()->upload({.method = "POST"}, endless());
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->status, status);
    EXPECT_LT(pieces_, pieces_max);
  }
}

TEST_F(HttpsClientTest, AnAnswerThatIsTooLongIsCutOff) {
  const std::string body(limits::http_answer_bytes_max + 1, 'x');
  server_.answer_raw("HTTP/1.1 200 OK\r\n\r\n" + body);
  const auto answer = client()->call({});
  EXPECT_TRUE(absl::IsInternal(answer.status()));
  EXPECT_THAT(answer.status().ToString(), HasSubstr("more than 16777216 bytes"));
}

TEST_F(HttpsClientTest, AnAnswerThatBreaksOffIsNone) {
  server_.answer_raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody");
  EXPECT_TRUE(absl::IsUnavailable(client()->call({}).status()));
  server_.answer_raw("no HTTP\r\n\r\n");
  EXPECT_TRUE(absl::IsInternal(client()->call({}).status()));
}

TEST_F(HttpsClientTest, TheEnvironmentsProxyIsTakenWhenToldAndNotForThisMachine) {
  WebhookReceiver proxy;
  proxy.answer(403);
  const test::EnvironmentVariable variable("https_proxy", proxy.url(""));
  EXPECT_TRUE(client()->call({}).ok());
  EXPECT_TRUE(client({.takes_proxy = true})->call({}).ok());
  EXPECT_EQ(proxy.connections(), 0u);
  const auto answer = client({.server = "https://api.invalid", .takes_proxy = true})->call({});
  EXPECT_TRUE(absl::IsUnavailable(answer.status()));
  EXPECT_THAT(answer.status().ToString(), HasSubstr("403"));
  EXPECT_EQ(proxy.requests().at(0).line, "CONNECT api.invalid:443 HTTP/1.1");
}

}  // namespace
}  // namespace tocsin::runtime
