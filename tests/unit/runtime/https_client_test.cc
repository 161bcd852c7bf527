#include "runtime/http/https_client.h"

#include <fmt/format.h>
#include <memory>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/http_answering.h"
#include "tests/support/https_identity.h"
#include "tests/support/raw_tls_client.h"

namespace tocsin::runtime {
namespace {

using test::RawTlsClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Against a server that says what it was asked, but for "/held", which it never answers.
class HttpsClientTest : public ::testing::Test {
 protected:
  void SetUp() override { shard_->start(); }
  void TearDown() override {
    server_.reset();
    shard_->stop();
  }

  void start(HttpLimits limits = {}) {
    server_ = test::serve_http(
        shard_, {.identity = identity_, .limits = limits},
        [](const test::HttpRequest& request, const HttpResponder& respond) {
          if (request.head.path == "/held") return;
          respond({.body = fmt::format("{} {}", request.head.method, request.head.path)});
        },
        port_);
  }

  std::unique_ptr<HttpsClient> client() {
    return *HttpsClient::create({.server = fmt::format("https://localhost:{}", port_),
                                 .ca_pem = identity_.certificate_chain_pem,
                                 .connect_to = fmt::format("127.0.0.1:{}", port_)});
  }

  TlsIdentity identity_ = test::https_identity();
  std::shared_ptr<Shard> shard_ = std::make_shared<Shard>("http-test");
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(HttpsClientTest, TheClientTrustsOnlyItsAuthorityAndTheServersName) {
  start();
  const std::string server = fmt::format("https://127.0.0.1:{}", port_);
  auto by_address =
      HttpsClient::create({.server = server, .ca_pem = identity_.certificate_chain_pem});
  EXPECT_TRUE((*by_address)->call({}).ok());

  const std::string other_ca = test::https_identity().certificate_chain_pem;
  auto stranger = HttpsClient::create({.server = server, .ca_pem = other_ca});
  EXPECT_TRUE(absl::IsFailedPrecondition((*stranger)->call({}).status()));

  auto misnamed = HttpsClient::create({.server = fmt::format("https://example.org:{}", port_),
                                       .ca_pem = identity_.certificate_chain_pem,
                                       .connect_to = fmt::format("127.0.0.1:{}", port_)});
  EXPECT_TRUE(absl::IsFailedPrecondition((*misnamed)->call({}).status()));
}

TEST_F(HttpsClientTest, TheClientReplacesAConnectionThatTheServerClosed) {
  start({.keep_alive_ms = 20});
  const auto patient = client();
  ASSERT_TRUE(patient->call({.target = "/one"}).ok());
  RawTlsClient witness(port_);  // closed later than the client's connection
  EXPECT_EQ(witness.read_to_end(), "");
  const auto answer = patient->call({.target = "/two"});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_THAT(answer->body, StartsWith("GET /two"));
}

TEST_F(HttpsClientTest, TheClientGivesUpInTime) {
  start();
  auto impatient = HttpsClient::create({.server = fmt::format("https://127.0.0.1:{}", port_),
                                        .ca_pem = identity_.certificate_chain_pem,
                                        .timeout_ms = 100});
  EXPECT_TRUE(absl::IsDeadlineExceeded((*impatient)->call({.target = "/held"}).status()));
}

TEST_F(HttpsClientTest, SaysWhatIsWrongWithItsOptions) {
  for (const char* server : {"", "http://h", "https://", "https://h:x", "https://h/path", "h:1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(HttpsClient::create({.server = server}).status()))
        << server;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(
      HttpsClient::create({.server = "https://h", .ca_pem = "nonsense"}).status()));
}

TEST_F(HttpsClientTest, NobodyThereIsUnavailable) {
  start();
  server_->stop();
  auto client = HttpsClient::create({.server = fmt::format("https://127.0.0.1:{}", port_)});
  const auto answer = (*client)->call({});
  EXPECT_TRUE(absl::IsUnavailable(answer.status()));
  EXPECT_THAT(answer.status().ToString(), HasSubstr("is tocsind running there?"));
}

}  // namespace
}  // namespace tocsin::runtime
