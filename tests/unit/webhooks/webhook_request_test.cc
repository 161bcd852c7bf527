#include "webhooks/webhook_request.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tocsin::webhooks {
namespace {

// printf '1795000000.{"app":"demo"}' | openssl dgst -sha256 -hmac whsec_0123456789abcdef
TEST(WebhookRequest, IsSignedAsOpensslSignsIt) {
  EXPECT_EQ(webhook_signature("whsec_0123456789abcdef", 1'795'000'000, R"({"app":"demo"})"),
            "t=1795000000,v1=8ca6ead69548d9de0f61ea40f92e18857b4abf002610cc762f4b57d079ab2701");
}

TEST(WebhookRequest, BodyIsTheSchemasJson) {
  Events events;
  internal::WebhookEvent& event = *events.Add();
  event.set_sequence(42);
  event.set_kind(2);  // OPENED
  event.set_message_id(0x0123456789abcdef);
  event.set_at_ms(1'795'000'000'123);
  event.set_devices(2);
  event.add_device_ids(std::string(1, 1) + std::string(15, 0));
  EXPECT_EQ(webhook_body("demo", events),
            R"({"app":"demo","events":[{"id":"000000000000002a","type":"OPENED",)"
            R"("messageId":"0123456789abcdef","time":"2026-11-18T11:06:40.123Z","devices":"2",)"
            R"("deviceIds":["01000000000000000000000000000000"]}]})");
  EXPECT_EQ(webhook_ping_body("demo", 1'795'000'000'000),
            R"({"app":"demo","events":[{"type":"PING","time":"2026-11-18T11:06:40Z"}]})");
}

TEST(WebhookRequest, AnEventsIdIsItsNumber) {
  EXPECT_EQ(webhook_event_id(42), "000000000000002a");
  EXPECT_EQ(webhook_event_number("000000000000002a"), 42u);
  EXPECT_FALSE(webhook_event_number("2a"));
  EXPECT_FALSE(webhook_event_number("00000000000000xx"));
}

TEST(WebhookRequest, RetryAfterHasABound) {
  EXPECT_EQ(retry_after_s("7"), 7u);
  EXPECT_EQ(retry_after_s(""), 0u);
  EXPECT_EQ(retry_after_s("Fri, 31 Dec 2027 23:59:59 GMT"), 0u);
  EXPECT_EQ(retry_after_s("99999999999999999999"), limits::webhook_retry_after_s_max);
}

}  // namespace
}  // namespace tocsin::webhooks
