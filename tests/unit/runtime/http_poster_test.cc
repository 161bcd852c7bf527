#include "runtime/http/http_poster.h"

#include <fmt/format.h>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

#include "tests/support/environment_variable.h"
#include "tests/support/http2_receiver.h"
#include "tests/support/https_identity.h"
#include "tests/support/webhook_receiver.h"

namespace tocsin::runtime {
namespace {

using test::WebhookReceiver;
using testing::HasSubstr;

class HttpPosterTest : public testing::Test {
 protected:
  HttpPosterTest() { shard_.start(); }
  ~HttpPosterTest() override { use(nullptr); }

  void use(std::unique_ptr<HttpPoster> poster) {
    shard_.run_and_wait([&] { poster_ = std::move(poster); });
  }
  void use(HttpPosterOptions options) {
    shard_.run_and_wait([&] {
      auto poster = HttpPoster::create(shard_, std::move(options));
      EXPECT_TRUE(poster.ok()) << poster.status();
      poster_ = *std::move(poster);
    });
  }

  // The status of a post of "hello", or of why there was none.
  absl::StatusOr<HttpPosted> post(const std::string& url) {
    std::promise<absl::StatusOr<HttpPosted>> answer;
    shard_.run_and_wait([&] {
      poster_->post({.url = *parse_http_url(url), .headers = {{"X-Test", "1"}}, .body = "hello"},
                    [&](absl::StatusOr<HttpPosted> posted) { answer.set_value(posted); });
    });
    return answer.get_future().get();
  }
  absl::StatusOr<HttpPosted> post(const std::string& url, HttpPosterOptions options) {
    use(std::move(options));
    return post(url);
  }
  HttpPosterOptions trusting() const {
    return {
        .ca_pem = identity_.certificate_chain_pem, .allow_loopback = true, .timeout_ms = 60'000};
  }

  TlsIdentity identity_ = test::https_identity();
  Shard shard_{"poster-test"};
  std::unique_ptr<HttpPoster> poster_;
};

TEST_F(HttpPosterTest, PostsOverTlsAndOverPlainHttp) {
  WebhookReceiver secure(&identity_);
  WebhookReceiver plain;
  for (WebhookReceiver* receiver : {&secure, &plain}) {
    receiver->answer(503, "Retry-After: 7\r\n");
    const auto posted = post(receiver->url("/a?b"), trusting());
    ASSERT_TRUE(posted.ok()) << posted.status();
    EXPECT_EQ(posted->status, 503);
    EXPECT_EQ(posted->retry_after, "7");
    const auto requests = receiver->requests();
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].line, "POST /a?b HTTP/1.1");
    EXPECT_EQ(requests[0].body, "hello");
    EXPECT_EQ(requests[0].headers.at("x-test"), "1");
    EXPECT_EQ(requests[0].headers.at("content-type"), "application/json");
    EXPECT_EQ(requests[0].headers.at("host"), fmt::format("127.0.0.1:{}", receiver->port()));
  }
}

TEST_F(HttpPosterTest, DoesNotFollowARedirect) {
  WebhookReceiver other;
  WebhookReceiver receiver(&identity_);
  receiver.answer(302, "Location: " + other.url() + "\r\n");
  EXPECT_EQ(post(receiver.url(), trusting())->status, 302);
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(HttpPosterTest, AServerThatCannotProveWhoItIsGetsNothing) {
  WebhookReceiver unknown(&identity_);
  const TlsIdentity other = test::https_identity();
  HttpPosterOptions options = trusting();
  options.ca_pem = other.certificate_chain_pem;
  auto posted = post(unknown.url(), options);
  EXPECT_EQ(posted.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(posted.status().message()), HasSubstr("is not trusted"));
  const TlsIdentity elsewhere = test::https_identity("DNS:elsewhere.example");
  WebhookReceiver misnamed(&elsewhere);
  options.ca_pem = elsewhere.certificate_chain_pem;
  posted = post(misnamed.url(), options);
  EXPECT_EQ(posted.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(unknown.requests().empty());
  EXPECT_TRUE(misnamed.requests().empty());
}

TEST_F(HttpPosterTest, DoesNotWaitForEver) {
  WebhookReceiver receiver;
  receiver.hold(true);
  HttpPosterOptions options = trusting();
  options.timeout_ms = 200;
  const auto posted = post(receiver.url(), options);
  EXPECT_EQ(posted.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(posted.status().message(), "no answer within 200 ms");
}

TEST_F(HttpPosterTest, SaysWhyThereIsNoAnswer) {
  std::string gone;
  {
    const WebhookReceiver receiver;
    gone = receiver.url();
  }
  EXPECT_EQ(post(gone, trusting()).status().code(), absl::StatusCode::kUnavailable);
  // TLS on a port that speaks none.
  WebhookReceiver plain;
  const std::string url = fmt::format("https://127.0.0.1:{}/", plain.port());
  HttpPosterOptions options = trusting();
  options.timeout_ms = 1'000;
  EXPECT_FALSE(post(url, options).ok());
}

TEST_F(HttpPosterTest, StaysAwayFromThisMachineUnlessItMayGoThere) {
  WebhookReceiver receiver(&identity_);
  HttpPosterOptions options = trusting();
  options.allow_loopback = false;
  for (const std::string& url :
       {receiver.url(), fmt::format("https://localhost:{}/", receiver.port()),
        fmt::format("https://127.1:{}/", receiver.port()),
        fmt::format("https://0x7f000001:{}/", receiver.port())}) {
    const auto posted = post(url, options);
    EXPECT_EQ(posted.status().code(), absl::StatusCode::kPermissionDenied) << url;
    EXPECT_THAT(std::string(posted.status().message()), HasSubstr("webhook_loopback is off"));
  }
  EXPECT_EQ(receiver.connections(), 0u);
}

TEST_F(HttpPosterTest, PlainHttpIsForThisMachineAlone) {
  const auto posted = post("http://192.0.2.1/", trusting());
  EXPECT_EQ(posted.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(posted.status().message()), HasSubstr("is not loopback"));
}

// -- Connections ---------------------------------------------------------------------------------

TEST_F(HttpPosterTest, PostsOneAfterTheOtherOnOneConnection) {
  WebhookReceiver secure(&identity_);
  WebhookReceiver plain;
  use(trusting());
  for (WebhookReceiver* receiver : {&secure, &plain}) {
    receiver->keep_alive();
    for (const int status : {200, 503, 200}) {
      receiver->answer(status);
      const auto posted = post(receiver->url());
      ASSERT_TRUE(posted.ok()) << posted.status();
      EXPECT_EQ(posted->status, status);
    }
    EXPECT_EQ(receiver->requests().size(), 3u);
    EXPECT_EQ(receiver->connections(), 1u);
  }
}

TEST_F(HttpPosterTest, PostsAtOnceOnOneConnectionOverHttp2) {
  test::Http2Receiver receiver(identity_);
  if (!receiver.is_up()) GTEST_SKIP() << "the receiver needs nodejs: ./dev deps";
  use(trusting());
  EXPECT_EQ(post(receiver.url())->retry_after, "2.0 1");
  constexpr int count = 8;
  std::promise<std::vector<std::string>> all;
  std::vector<std::string> answers;  // of the shard
  shard_.run_and_wait([&] {
    for (int i = 0; i < count; ++i) {
      poster_->post({.url = *parse_http_url(receiver.url()), .body = "hello"},
                    [&](absl::StatusOr<HttpPosted> posted) {
                      answers.push_back(posted.ok() ? posted->retry_after : "");
                      if (answers.size() == count) all.set_value(answers);
                    });
    }
  });
  EXPECT_THAT(all.get_future().get(), testing::Each("2.0 1"));
}

TEST_F(HttpPosterTest, RepeatsAPostWhoseKeptConnectionIsClosed) {
  WebhookReceiver receiver(&identity_);
  receiver.keep_alive();
  use(trusting());
  ASSERT_TRUE(post(receiver.url()).ok());
  receiver.answer_raw("");
  const auto posted = post(receiver.url());
  ASSERT_TRUE(posted.ok()) << posted.status();
  EXPECT_EQ(receiver.connections(), 2u);
  EXPECT_EQ(receiver.requests().back().body, "hello");
}

TEST_F(HttpPosterTest, ANewConnectionThatIsClosedIsAnError) {
  WebhookReceiver receiver(&identity_);
  receiver.answer_raw("");
  const auto posted = post(receiver.url(), trusting());
  EXPECT_EQ(posted.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(posted.status().message()), HasSubstr("broke"));
  EXPECT_EQ(receiver.connections(), 1u);
}

TEST_F(HttpPosterTest, PostsThatAreUnderWayEndWithTheShard) {
  WebhookReceiver receiver(&identity_);
  receiver.hold(true);
  Shard shard("stopped");
  auto poster = *HttpPoster::create(shard, trusting());
  shard.start();
  bool is_told = false;
  shard.run_and_wait([&] {
    poster->post({.url = *parse_http_url(receiver.url())}, [&](const auto&) { is_told = true; });
    poster->post({.url = *parse_http_url("https://name.invalid/")}, [](const auto&) {});
  });
  ASSERT_TRUE(receiver.await_requests(1));
  shard.stop();
  poster.reset();
  EXPECT_FALSE(is_told);
}

// -- Answers -------------------------------------------------------------------------------------

TEST_F(HttpPosterTest, InterimAnswersAreNotTheAnswer) {
  WebhookReceiver receiver(&identity_);
  receiver.answer_raw(
      "HTTP/1.1 100 Continue\r\n\r\n"
      "HTTP/1.1 103 Early Hints\r\nRetry-After: 1\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto posted = post(receiver.url(), trusting());
  ASSERT_TRUE(posted.ok()) << posted.status();
  EXPECT_EQ(posted->status, 200);
  EXPECT_EQ(posted->retry_after, "");
}

TEST_F(HttpPosterTest, ABodyThatIsTooLongCostsTheConnectionAlone) {
  WebhookReceiver receiver(&identity_);
  receiver.keep_alive();
  const std::string body(limits::http_drain_bytes_max * 4, 'x');
  receiver.answer_raw(
      fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
  use(trusting());
  for (int i = 0; i < 2; ++i) {
    const auto posted = post(receiver.url());
    ASSERT_TRUE(posted.ok()) << posted.status();
    EXPECT_EQ(posted->status, 200);
  }
  EXPECT_EQ(receiver.connections(), 2u);
}

TEST_F(HttpPosterTest, NobodyWaitsForABody) {
  WebhookReceiver receiver(&identity_);
  receiver.keep_alive();
  receiver.answer_raw("HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\n");
  const auto posted = post(receiver.url(), trusting());
  ASSERT_TRUE(posted.ok()) << posted.status();
  EXPECT_EQ(posted->status, 202);
  EXPECT_TRUE(receiver.is_connected());
}

// Each answer's body stays away.
TEST_F(HttpPosterTest, TheOldestBodyThatIsOutstandingIsGivenUp) {
  std::vector<std::unique_ptr<WebhookReceiver>> receivers;
  use(trusting());
  for (size_t i = 0; i <= limits::http_drains_max; ++i) {
    WebhookReceiver& receiver = *receivers.emplace_back(std::make_unique<WebhookReceiver>());
    receiver.keep_alive();
    receiver.answer_raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    ASSERT_TRUE(post(receiver.url()).ok());
    EXPECT_TRUE(receiver.is_connected());
  }
  EXPECT_TRUE(receivers.front()->await_disconnected());
  EXPECT_TRUE(receivers.back()->is_connected());
}

TEST_F(HttpPosterTest, WhatIsNoAnswerIsAnError) {
  for (const std::string& bytes :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"), std::string("HTTP/1.1 what\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nA: " + std::string(limits::http_head_bytes_max, 'x') + "\r\n\r\n"}) {
    WebhookReceiver receiver(&identity_);
    receiver.answer_raw(bytes);
    const auto posted = post(receiver.url(), trusting());
    EXPECT_EQ(posted.status().code(), absl::StatusCode::kInternal) << posted.status();
  }
}

// -- Proxies -------------------------------------------------------------------------------------

TEST_F(HttpPosterTest, TheEnvironmentsProxyIsNotAsked) {
  WebhookReceiver proxy;
  WebhookReceiver secure(&identity_);
  WebhookReceiver plain;
  const test::EnvironmentVariable variables[] = {
      {"http_proxy", proxy.url("")}, {"https_proxy", proxy.url("")}, {"all_proxy", proxy.url("")}};
  EXPECT_TRUE(post(secure.url(), trusting()).ok());
  EXPECT_TRUE(post(plain.url(), trusting()).ok());
  EXPECT_EQ(proxy.connections(), 0u);
}

TEST_F(HttpPosterTest, TheOperatorsProxyIsAskedForOtherMachines) {
  WebhookReceiver proxy;
  proxy.answer(403, {}, 2);
  WebhookReceiver receiver(&identity_);
  const test::EnvironmentVariable variable("no_proxy", "*");
  HttpPosterOptions options = trusting();
  options.proxy = proxy.url("");
  // Nobody but the proxy resolves the name or judges the address.
  for (const std::string host : {"hooks.invalid:443", "169.254.169.254:443"}) {
    const auto posted = post("https://" + host + "/hook", options);
    EXPECT_EQ(posted.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(posted.status().message()), HasSubstr("403"));
    EXPECT_EQ(proxy.requests().back().line, fmt::format("CONNECT {} HTTP/1.1", host));
  }
  EXPECT_TRUE(post(receiver.url(), options).ok());
  EXPECT_EQ(proxy.requests().size(), 2u);
}

// ------------------------------------------------------------------------------------------------

TEST_F(HttpPosterTest, OptionsThatDoNotParseAreErrors) {
  for (const char* proxy : {"proxy:3128", "https://proxy:3128", "http://proxy:3128/path"}) {
    EXPECT_EQ(HttpPoster::create(shard_, {.proxy = proxy}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << proxy;
  }
}

TEST_F(HttpPosterTest, AnAuthorityThatDoesNotParseIsAnError) {
  EXPECT_EQ(HttpPoster::create(shard_, {.ca_pem = "no PEM"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(AddressOfAWebhook, SomeAreNeverPostedTo) {
  for (const char* address :
       {"169.254.169.254", "fe80::1", "0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1",
        "255.255.255.255", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "no address"}) {
    EXPECT_NE(refusal_of_address(address, /*tls=*/true, /*allow_loopback=*/true), "") << address;
  }
  for (const char* address : {"10.0.0.1", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    EXPECT_EQ(refusal_of_address(address, /*tls=*/true, /*allow_loopback=*/false), "") << address;
    EXPECT_NE(refusal_of_address(address, /*tls=*/false, /*allow_loopback=*/true), "") << address;
  }
  for (const char* address : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(refusal_of_address(address, /*tls=*/false, /*allow_loopback=*/true), "") << address;
    EXPECT_NE(refusal_of_address(address, /*tls=*/true, /*allow_loopback=*/false), "") << address;
  }
}

}  // namespace
}  // namespace tocsin::runtime
