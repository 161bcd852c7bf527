#include "runtime/http/http_poster.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/https_identity.h"
#include "tests/support/webhook_receiver.h"

namespace tocsin::runtime {
namespace {

using test::WebhookReceiver;
using testing::HasSubstr;

class HttpPosterTest : public testing::Test {
 protected:
  HttpPosterTest() { shard_.start(); }

  // The status of a post of "hello", or of why there was none.
  absl::StatusOr<HttpPosted> post(const std::string& url, HttpPosterOptions options) {
    auto poster = HttpPoster::create(shard_, std::move(options));
    EXPECT_TRUE(poster.ok()) << poster.status();
    std::promise<absl::StatusOr<HttpPosted>> answer;
    shard_.run_and_wait([&] {
      (*poster)->post({.url = *parse_http_url(url), .headers = {{"X-Test", "1"}}, .body = "hello"},
                      [&](absl::StatusOr<HttpPosted> posted) { answer.set_value(posted); });
    });
    return answer.get_future().get();
  }
  HttpPosterOptions trusting() const {
    return {
        .ca_pem = identity_.certificate_chain_pem, .allow_loopback = true, .timeout_ms = 60'000};
  }

  TlsIdentity identity_ = test::https_identity();
  Shard shard_{"poster-test"};
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
       {receiver.url(), fmt::format("https://localhost:{}/", receiver.port())}) {
    const auto posted = post(url, options);
    EXPECT_EQ(posted.status().code(), absl::StatusCode::kPermissionDenied) << url;
    EXPECT_THAT(std::string(posted.status().message()), HasSubstr("webhook_loopback is off"));
  }
  EXPECT_TRUE(receiver.requests().empty());
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
