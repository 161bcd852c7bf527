// Webhooks from both ends: a real server, real storage, and a receiver that fails as it is told to.
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "base/hex.h"
#include "dispatcher/transport/json_body.h"
#include "json/to_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/webhooks.pb.h"

#include "tests/support/installation.h"
#include "tests/support/webhook_receiver.h"
#include "tests/unit/cluster/await.h"

namespace tocsin::webhooks {
namespace {

using google::protobuf::util::TimeUtil;
using test::await;
using test::WebhookReceiver;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WebhooksTest : public ::testing::Test {
 protected:
  WebhooksTest()
      : at_([this](auto& options) { adjust(options.webhooks); }), app_(create_app("demo")) {
    for (uint8_t shard = 1; shard <= 3; ++shard) at_.register_device(1, device(shard));
  }

  void adjust(Options& options) {
    options = webhook_;
    options.ca_pem = identity_.certificate_chain_pem;
    options.allow_loopback = true;
  }
  // Start again with other options.
  void restart() {
    at_.close();
    at_.open();
  }

  static DeviceId device(uint8_t shard) { return DeviceId{{shard}}; }

  runtime::HttpsAnswer call(const std::string& method, const std::string& target,
                            const std::string& body = {}) {
    const auto answer = at_.client()->call(
        {.method = method, .target = target, .bearer_token = test::admin_key, .body = body});
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    return answer.ok() ? *answer : runtime::HttpsAnswer{};
  }
  template <typename Message>
  Message get(const std::string& method, const std::string& target, const std::string& body = {}) {
    const auto answer = call(method, target, body);
    Message message;
    EXPECT_LT(answer.status, 300) << target << answer.body;
    EXPECT_TRUE(dispatcher::parse_json(answer.body, message).ok()) << answer.body;
    return message;
  }
  v1::App create_app(const std::string& name) {
    return get<v1::App>("POST", "/v1/apps", fmt::format(R"({{"app":"{}"}})", name));
  }
  v1::App set_webhook(const std::string& url, const std::string& secret = {},
                      const std::string& app = "demo") {
    v1::UpdateAppRequest request;
    request.mutable_settings()->set_webhook_url(url);
    request.mutable_settings()->set_webhook_secret(secret);
    const auto app_now =
        get<v1::App>("PATCH", "/v1/apps/" + app, json::to_json(request, json::Zeros::omit));
    if (!app_now.settings().webhook_secret().empty()) {
      secret_ = app_now.settings().webhook_secret();
    }
    return app_now;
  }
  v1::Webhook webhook() { return get<v1::Webhook>("GET", "/v1/apps/demo/webhook"); }
  v1::ListDeadLettersResponse dead_letters() {
    return get<v1::ListDeadLettersResponse>("GET", "/v1/apps/demo/webhook/dead-letters");
  }

  MessageId send(const std::string& app = "demo") {
    const auto response = get<v1::SendResponse>("POST", fmt::format("/v1/apps/{}/messages", app),
                                                R"({"everyone":true,"data":{"k":"v"}})");
    return *MessageId::parse(response.message_id());
  }
  // What storage writes down when devices acknowledge.
  void acknowledge(MessageId message, const std::vector<uint32_t>& shards, bool opened = false,
                   uint32_t app = 1) {
    internal::Record record;
    auto& delivered = *record.mutable_messages_delivered();
    delivered.set_gathered_at_ms(wall_ms());
    auto& delivery = *delivered.add_deliveries();
    delivery.set_message_id(message.value);
    delivery.set_app_id(app);
    for (const uint32_t shard : shards) {
      auto& ordinals = opened ? *delivery.add_opened() : *delivery.add_delivered();
      ordinals.set_partition(shard);
      ordinals.add_ordinals(0);
    }
    ASSERT_TRUE(test::append_and_wait(at_.log(), record.SerializeAsString()).ok());
    at_.await_applied();
  }

  v1::WebhookBatch batch_in(const WebhookReceiver::Request& request) {
    v1::WebhookBatch batch;
    EXPECT_TRUE(dispatcher::parse_json(request.body, batch).ok()) << request.body;
    return batch;
  }
  // The ids of the events of each request.
  std::vector<std::string> ids_of(WebhookReceiver& receiver) {
    std::vector<std::string> all;
    for (const auto& request : receiver.requests()) {
      std::vector<std::string> ids;
      const v1::WebhookBatch batch = batch_in(request);
      for (const auto& event : batch.events()) ids.push_back(event.id());
      all.push_back(fmt::format("{}", fmt::join(ids, " ")));
    }
    return all;
  }
  static bool await_requests(WebhookReceiver& receiver, size_t count) {
    return await([&] { return receiver.requests().size() >= count; });
  }
  bool await_empty_queue() {
    return await([this] { return webhook().queued_events() == 0; });
  }

  runtime::TlsIdentity identity_ = test::https_identity();
  WebhookReceiver receiver_{&identity_};
  Options webhook_{.post_ms_max = 120'000, .retry_base_ms = 10, .retry_cap_ms = 50};
  std::string secret_;
  test::Installation at_;
  v1::App app_;
};

constexpr char id_1[] = "0000000000000001";
constexpr char id_2[] = "0000000000000002";

// -- What is posted ------------------------------------------------------------------------------

TEST_F(WebhooksTest, TellsWhatHappenedSigned) {
  set_webhook(receiver_.url("/hook?from=tocsin"));
  const MessageId message = send();
  acknowledge(message, {1, 2});
  ASSERT_TRUE(await_requests(receiver_, 1));
  const auto request = receiver_.requests()[0];
  EXPECT_EQ(request.line, "POST /hook?from=tocsin HTTP/1.1");
  const v1::WebhookBatch batch = batch_in(request);
  EXPECT_EQ(batch.app(), "demo");
  ASSERT_EQ(batch.events_size(), 1);
  const v1::WebhookEvent& event = batch.events(0);
  EXPECT_EQ(event.id(), id_1);
  EXPECT_EQ(event.type(), v1::WebhookEvent::DELIVERED);
  EXPECT_EQ(event.message_id(), message.text());
  EXPECT_EQ(event.devices(), 2u);
  EXPECT_THAT(event.device_ids(), ElementsAre(device(1).text(), device(2).text()));

  // As a receiver checks it.
  const std::string signature = request.headers.at("tocsin-signature");
  const size_t comma = signature.find(",v1=");
  ASSERT_TRUE(signature.starts_with("t=") && comma != std::string::npos) << signature;
  const std::string time = signature.substr(2, comma - 2);
  EXPECT_NEAR(std::stod(time), static_cast<double>(wall_ms() / 1000), 600);
  EXPECT_EQ(signature.substr(comma + 4),
            to_hex(runtime::hmac_sha256(as_bytes(secret_), as_bytes(time + "." + request.body))));
  EXPECT_TRUE(await_empty_queue());
  EXPECT_TRUE(webhook().has_last_success_time());
}

TEST_F(WebhooksTest, AnAppWithoutAWebhookTellsNobody) {
  acknowledge(send(), {1});
  set_webhook(receiver_.url());
  acknowledge(send(), {2});
  ASSERT_TRUE(await_requests(receiver_, 1));
  EXPECT_TRUE(await_empty_queue());
  EXPECT_THAT(ids_of(receiver_), ElementsAre(id_1));
}

TEST_F(WebhooksTest, ARecallIsTold) {
  set_webhook(receiver_.url());
  const MessageId message = send();
  acknowledge(message, {1});
  get<v1::RecallResponse>("POST", fmt::format("/v1/apps/demo/messages/{}/recall", message.text()),
                          "{}");
  ASSERT_TRUE(await([&] {
    const auto requests = receiver_.requests();
    return !requests.empty() &&
           batch_in(requests.back()).events().rbegin()->type() == v1::WebhookEvent::RECALLED;
  }));
  EXPECT_EQ(batch_in(receiver_.requests().back()).events().rbegin()->devices(), 2u);
}

// -- When it fails -------------------------------------------------------------------------------

TEST_F(WebhooksTest, WhatFailsIsRepeatedAsItWasAndNothingOvertakesIt) {
  set_webhook(receiver_.url());
  receiver_.answer(500, "", 3);
  receiver_.hold(true);
  const MessageId message = send();
  acknowledge(message, {1});
  ASSERT_TRUE(await_requests(receiver_, 1));
  acknowledge(message, {1}, /*opened=*/true);
  acknowledge(message, {2});
  receiver_.hold(false);
  ASSERT_TRUE(await_requests(receiver_, 5));
  EXPECT_THAT(ids_of(receiver_),
              ElementsAre(id_1, id_1, id_1, id_1, "0000000000000002 0000000000000003"));
  EXPECT_TRUE(await_empty_queue());
  EXPECT_EQ(webhook().failed_attempts(), 0u);
}

TEST_F(WebhooksTest, TheAnswerSaysWhenToComeAgainAndANewAddressNeedNotWait) {
  set_webhook(receiver_.url());
  receiver_.answer(503, "Retry-After: 1800\r\n");
  acknowledge(send(), {1});
  ASSERT_TRUE(await([this] { return webhook().failed_attempts() == 1; }));
  const v1::Webhook waiting = webhook();
  EXPECT_EQ(waiting.last_error(), "answered 503");
  EXPECT_EQ(waiting.queued_events(), 1u);
  EXPECT_GT(TimeUtil::TimestampToMilliseconds(waiting.next_attempt_time()),
            static_cast<int64_t>(wall_ms() + 1'000'000));
  WebhookReceiver other;
  set_webhook(other.url());
  ASSERT_TRUE(await_requests(other, 1));
  EXPECT_THAT(ids_of(other), ElementsAre(id_1));
  EXPECT_THAT(other.requests()[0].headers.at("tocsin-signature"), HasSubstr(",v1="));
  EXPECT_EQ(receiver_.requests().size(), 1u);
}

TEST_F(WebhooksTest, AReceiverThatDoesNotAnswerIsAskedAgain) {
  webhook_.post_ms_max = 200;
  restart();
  set_webhook(receiver_.url());
  receiver_.hold(true);
  acknowledge(send(), {1});
  ASSERT_TRUE(await([this] { return webhook().failed_attempts() > 0; }));
  EXPECT_EQ(webhook().last_error(), "no answer within 200 ms");
  receiver_.hold(false);
  EXPECT_TRUE(await_empty_queue());
}

TEST_F(WebhooksTest, OneThatHangsDoesNotHoldUpTheOthers) {
  create_app("other");
  at_.register_device(2, device(9));
  WebhookReceiver stuck;
  stuck.hold(true);
  set_webhook(stuck.url());
  set_webhook(receiver_.url(), {}, "other");
  acknowledge(send(), {1});
  ASSERT_TRUE(await_requests(stuck, 1));
  acknowledge(send("other"), {9}, false, 2);
  ASSERT_TRUE(await_requests(receiver_, 1));
  EXPECT_EQ(batch_in(receiver_.requests()[0]).app(), "other");
}

TEST_F(WebhooksTest, WhatTheWebhookHadNotIsPostedAfterARestart) {
  set_webhook(receiver_.url());
  receiver_.answer(503, "Retry-After: 3600\r\n");
  acknowledge(send(), {1});
  ASSERT_TRUE(await_requests(receiver_, 1));
  restart();
  ASSERT_TRUE(await_requests(receiver_, 2));
  EXPECT_TRUE(await_empty_queue());
  restart();
  acknowledge(send(), {2});
  ASSERT_TRUE(await_requests(receiver_, 3));
  EXPECT_THAT(ids_of(receiver_), ElementsAre(id_1, id_1, id_2));
}

TEST_F(WebhooksTest, AServerThatEndsDoesNotWaitForAnAnswer) {
  set_webhook(receiver_.url());
  receiver_.hold(true);
  acknowledge(send(), {1});
  ASSERT_TRUE(await_requests(receiver_, 1));
  at_.close();
  receiver_.hold(false);
  at_.open();
  EXPECT_TRUE(await_empty_queue());
}

TEST_F(WebhooksTest, WhatTheLogDidNotTakeIsPostedAgain) {
  set_webhook(receiver_.url());
  receiver_.hold(true);
  acknowledge(send(), {1});
  ASSERT_TRUE(await_requests(receiver_, 1));
  at_.log().refuse(absl::ResourceExhaustedError("no room"));
  receiver_.hold(false);
  ASSERT_TRUE(await_requests(receiver_, 2));
  at_.log().refuse(absl::OkStatus());
  EXPECT_TRUE(await_empty_queue());
  EXPECT_EQ(ids_of(receiver_)[1], id_1);
}

// -- Dead letters --------------------------------------------------------------------------------

TEST_F(WebhooksTest, WhatIsGoneIsADeadLetterAtOnceAndCanBeRetried) {
  set_webhook(receiver_.url());
  receiver_.answer(410);
  const MessageId message = send();
  acknowledge(message, {1});
  ASSERT_TRUE(await([this] { return webhook().dead_letters() == 1; }));
  acknowledge(message, {2});
  ASSERT_TRUE(await_requests(receiver_, 2));
  const auto letters = dead_letters();
  ASSERT_EQ(letters.dead_letters_size(), 1);
  const v1::DeadLetter& letter = letters.dead_letters(0);
  EXPECT_EQ(letter.name(), "apps/demo/webhook/dead-letters/0000000000000001");
  EXPECT_EQ(letter.events(), 1u);
  EXPECT_EQ(letter.attempts(), 1u);
  EXPECT_EQ(letter.error(), "answered 410");
  const auto retried = get<v1::RetryDeadLettersResponse>(
      "POST", "/v1/apps/demo/webhook/dead-letters/retry",
      fmt::format(R"({{"deadLetterIds":["{}"]}})", letter.dead_letter_id()));
  EXPECT_EQ(retried.dead_letters(), 1u);
  EXPECT_EQ(retried.events(), 1u);
  ASSERT_TRUE(await_requests(receiver_, 3));
  EXPECT_THAT(ids_of(receiver_), ElementsAre(id_1, id_2, id_1));
  EXPECT_TRUE(await_empty_queue());
  EXPECT_EQ(dead_letters().dead_letters_size(), 0);
}

TEST_F(WebhooksTest, WhatFailedForLongEnoughIsADeadLetterAndTheQueueGoesOn) {
  webhook_.keep_trying_ms = 0;
  webhook_.attempts_min = 3;
  restart();
  set_webhook(receiver_.url());
  receiver_.answer(400, "", 3);
  const MessageId message = send();
  acknowledge(message, {1});
  ASSERT_TRUE(await([this] { return webhook().dead_letters() == 1; }));
  EXPECT_EQ(dead_letters().dead_letters(0).attempts(), 3u);
  acknowledge(message, {2});
  ASSERT_TRUE(await_requests(receiver_, 4));
  EXPECT_EQ(ids_of(receiver_).back(), id_2);
  const std::string letters = "/v1/apps/demo/webhook/dead-letters/";
  EXPECT_EQ(call("DELETE", letters + id_1).status, 200);
  EXPECT_EQ(call("DELETE", letters + id_1).status, 404);
  EXPECT_EQ(dead_letters().dead_letters_size(), 0);
  const auto none = get<v1::RetryDeadLettersResponse>("POST", letters + "retry");
  EXPECT_EQ(none.dead_letters(), 0u);
}

// -- Setting it up -------------------------------------------------------------------------------

TEST_F(WebhooksTest, TheSecretIsShownOnce) {
  const auto shown = set_webhook(receiver_.url());
  EXPECT_EQ(shown.settings().webhook_secret().size(), 70u);
  EXPECT_EQ(shown.settings().webhook_url(), receiver_.url());
  const auto app = get<v1::App>("GET", "/v1/apps/demo");
  EXPECT_EQ(app.settings().webhook_url(), receiver_.url());
  EXPECT_EQ(app.settings().webhook_secret(), "");
  EXPECT_EQ(set_webhook(receiver_.url("/other")).settings().webhook_secret(), "") << "kept";
  EXPECT_EQ(set_webhook(receiver_.url(), "my-own-secret-0123").settings().webhook_secret(), "");
}

TEST_F(WebhooksTest, ASecretOfOnesOwnSigns) {
  EXPECT_EQ(set_webhook(receiver_.url(), "0123456789abcdef").settings().webhook_secret(), "");
  acknowledge(send(), {1});
  ASSERT_TRUE(await_requests(receiver_, 1));
  const auto request = receiver_.requests()[0];
  const std::string signature = request.headers.at("tocsin-signature");
  const std::string time = signature.substr(2, signature.find(',') - 2);
  EXPECT_THAT(signature, HasSubstr(to_hex(runtime::hmac_sha256(
                             as_bytes("0123456789abcdef"), as_bytes(time + "." + request.body)))));
}

TEST_F(WebhooksTest, ATestSaysWhatCameBack) {
  set_webhook(receiver_.url());
  receiver_.answer(204);
  auto test = get<v1::WebhookTest>("POST", "/v1/apps/demo/webhook/test");
  EXPECT_TRUE(test.ok());
  EXPECT_EQ(test.status(), 204u);
  EXPECT_EQ(test.error(), "");
  const v1::WebhookBatch ping = batch_in(receiver_.requests().at(0));
  EXPECT_EQ(ping.events(0).type(), v1::WebhookEvent::PING);
  EXPECT_THAT(receiver_.requests()[0].headers.at("tocsin-signature"), Not(IsEmpty()));
  receiver_.answer(404);
  test = get<v1::WebhookTest>("POST", "/v1/apps/demo/webhook/test");
  EXPECT_FALSE(test.ok());
  EXPECT_EQ(test.status(), 404u);
  EXPECT_EQ(test.error(), "answered 404");
  const runtime::TlsIdentity other = test::https_identity();
  WebhookReceiver untrusted(&other);
  set_webhook(untrusted.url());
  test = get<v1::WebhookTest>("POST", "/v1/apps/demo/webhook/test");
  EXPECT_EQ(test.status(), 0u);
  EXPECT_THAT(test.error(), HasSubstr("is not trusted"));
  EXPECT_EQ(webhook().failed_attempts(), 0u) << "a test is no attempt";
}

TEST_F(WebhooksTest, WithoutAWebhookTheCallsSaySo) {
  EXPECT_EQ(call("GET", "/v1/apps/demo/webhook").status, 404);
  EXPECT_EQ(call("POST", "/v1/apps/demo/webhook/test").status, 404);
  EXPECT_EQ(dead_letters().dead_letters_size(), 0);
}

TEST(WebhooksStartTest, AnAuthorityThatDoesNotParseIsSaid) {
  test::Installation at;
  const auto started = Webhooks::start({.ca_pem = "no PEM"}, at.log(), at.bus(), at.storage());
  EXPECT_EQ(started.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(started.status().message()), HasSubstr("webhook_ca"));
}

TEST(WebhooksStartTest, AProxyThatDoesNotParseIsSaid) {
  test::Installation at;
  const auto started =
      Webhooks::start({.proxy = "proxy.example:3128"}, at.log(), at.bus(), at.storage());
  EXPECT_EQ(started.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(started.status().message(), "webhook_proxy 'proxy.example:3128': use http://HOST:PORT");
}

}  // namespace
}  // namespace tocsin::webhooks
