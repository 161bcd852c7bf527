#include "dispatcher/send/delivery_options.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/send/acceptance.h"
#include "json/from_json.h"
#include "wire/codec.h"
#include "wire/conditions.h"
#include "wire/frame.h"

namespace tocsin::dispatcher {
namespace {

using cluster::FanOut;
using testing::HasSubstr;

// 2026-12-24 00:00 UTC.
constexpr uint64_t now_ms = 1'798'070'400'000;
constexpr uint64_t hour_ms = 3'600'000;

absl::StatusOr<Send> checked(const std::string& more) {
  v1::SendRequest request;
  const auto parsed = json::from_json(
      R"({"everyone":true,"notification":{"title":"T","body":"B"},"data":{"k":"v","x":"y"},)" +
          more + "}",
      request);
  if (!parsed.ok()) return parsed;
  return check_send(request, now_ms);
}

Send good(const std::string& more) {
  auto send = checked(more);
  EXPECT_TRUE(send.ok()) << more << " " << send.status();
  return send.ok() ? *std::move(send) : Send();
}

cluster::FanOut fan_out(const Send& send, uint32_t frequency_cap) {
  const auto acceptance = make_acceptance(send, {.message = MessageId{5},
                                                 .app = AppId{1},
                                                 .app_name = "demo",
                                                 .accepted_at_ms = now_ms,
                                                 .frequency_cap = frequency_cap});
  EXPECT_TRUE(acceptance.ok());
  return acceptance->fan_out;
}

TEST(DeliveryOptionsTest, WhoCastsItDependsOnWhatIsAskedFor) {
  EXPECT_EQ(fan_out(good(R"("deliverIf":{"charging":true})"), 0), FanOut::storage);
  EXPECT_EQ(fan_out(good(R"("pacing":{"perS":1})"), 0), FanOut::storage);
  EXPECT_EQ(fan_out(good(R"("exclude":"tag:a")"), 0), FanOut::storage);
  v1::SendRequest request;
  request.set_device(std::string(32, 'a'));
  (*request.mutable_data())["k"] = "v";
  EXPECT_EQ(fan_out(*check_send(request, now_ms), 1), FanOut::inboxes);
  request.mutable_deliver_if()->set_charging(true);
  EXPECT_EQ(fan_out(*check_send(request, now_ms), 0), FanOut::storage);
}

TEST(DeliveryOptionsTest, NothingOfItIsAskedForByDefault) {
  const Send send = good(R"("ttl":"60s")");
  EXPECT_FALSE(send.has_conditions());
  EXPECT_FALSE(send.rollout);
  EXPECT_EQ(fan_out(send, 0), FanOut::gateways);
  EXPECT_EQ(fan_out(send, 1), FanOut::storage) << "who is capped, storage knows";
}

TEST(DeliveryOptionsTest, QuietHoursAreWhatIsNotTheWindow) {
  const Send window = good(R"("displayWindow":{"from":"09:00","until":"21:30"})");
  EXPECT_EQ(window.conditions.window_from_min(), 9u * 60);
  EXPECT_EQ(window.conditions.window_until_min(), 21u * 60 + 30);
  const Send quiet = good(R"("quietHours":{"from":"21:30","until":"09:00"})");
  EXPECT_EQ(quiet.conditions.SerializeAsString(), window.conditions.SerializeAsString());
}

TEST(DeliveryOptionsTest, TimesOfTheDayAreWrittenOneWay) {
  for (const char* from : {"", "9:00", "09.00", "24:00", "09:60", "09:00 ", "-9:00", "ab:cd"}) {
    EXPECT_FALSE(checked(fmt::format(R"("quietHours":{{"from":"{}","until":"09:00"}})", from)).ok())
        << from;
  }
}

TEST(DeliveryOptionsTest, ALocalTimeMakesTheMessageLastUntilItHasComeEverywhere) {
  const Send send = good(R"("localTime":"2026-12-25T09:00")");
  EXPECT_EQ(send.conditions.local_from_min(), (now_ms + 33 * hour_ms) / 60'000);
  EXPECT_EQ(send.ttl_ms, (33 + 12 + 72) * hour_ms) << "12 hours behind UTC, and three days";
  EXPECT_EQ(good(R"("localTime":"2026-12-25T09:00","ttl":"360000s")").ttl_ms, 100 * hour_ms);
  EXPECT_FALSE(checked(R"("localTime":"2026-12-25T09:00","ttl":"3600s")").ok());
  good(R"("localTime":"2026-12-23T12:01")");  // still ahead where it is 12 hours earlier
  EXPECT_FALSE(checked(R"("localTime":"2026-12-23T12:00")").ok());
  EXPECT_FALSE(checked(R"("localTime":"2027-02-01T12:00")").ok());
  for (const char* text :
       {"tomorrow", "2026-12-25T09:00Z", "2026-13-25T09:00", "2026-12-25", "99999-01-01T00:00"}) {
    EXPECT_FALSE(checked(fmt::format(R"("localTime":"{}")", text)).ok()) << text;
  }
}

TEST(DeliveryOptionsTest, ConditionsAreBits) {
  EXPECT_EQ(
      good(R"("deliverIf":{"unmetered":true,"charging":true})").conditions.device_conditions(),
      wire::all_conditions);
  EXPECT_FALSE(good(R"("deliverIf":{})").has_conditions());
}

TEST(DeliveryOptionsTest, WhatWaitsIsNoAlertAndNotNowOrNever) {
  for (const char* what : {R"("quietHours":{"from":"22:00","until":"07:00"})",
                           R"("localTime":"2026-12-25T09:00")", R"("deliverIf":{"charging":true})",
                           R"("pacing":{"perS":1})", R"("canary":{"percent":1})"}) {
    EXPECT_THAT(checked(fmt::format(R"("priority":"ALERT",{})", what)).status().message(),
                HasSubstr("an alert waits for nothing"));
    EXPECT_FALSE(checked(fmt::format(R"("ttl":"0s",{})", what)).ok()) << what;
  }
  EXPECT_TRUE(checked(R"("priority":"ALERT","platforms":{"ios":{}})").ok());
}

TEST(DeliveryOptionsTest, AWrongTtlIsNotBlamedOnWhatIsCheckedAgainstIt) {
  const auto send = checked(
      R"("ttl":"99999999s","pacing":{"over":"604800s"},"canary":{"percent":1,"watch":"86400s"})");
  EXPECT_THAT(std::string(send.status().message()), ::testing::StartsWith("ttl: must be between"));
  EXPECT_THAT(error_response(send.status()).body, ::testing::Not(HasSubstr("pacing")));
  EXPECT_THAT(error_response(send.status()).body, ::testing::Not(HasSubstr("canary")));
}

TEST(DeliveryOptionsTest, PaceAndCanary) {
  const Send paced = good(R"("pacing":{"perS":500})");
  EXPECT_EQ(paced.rollout->per_s(), 500u);
  EXPECT_EQ(paced.rollout->canary_permille(), 0u);
  const Send both = good(R"("pacing":{"over":"7200s"},"canary":{"percent":0.5})");
  EXPECT_EQ(both.rollout->over_ms(), 2 * hour_ms);
  EXPECT_EQ(both.rollout->canary_permille(), 5u);
  EXPECT_EQ(both.rollout->canary_watch_ms(), 600'000u) << "by default";
  EXPECT_EQ(both.rollout->canary_delivered_percent(), 90u) << "by default";
  for (const char* wrong :
       {R"("pacing":{"perS":10000001})", R"("pacing":{"over":"604801s"})", R"("canary":{})",
        R"("canary":{"percent":0.05})", R"("canary":{"percent":"NaN"})",
        R"("canary":{"percent":1,"watch":"86401s"})"}) {
    EXPECT_FALSE(checked(wrong).ok()) << wrong;
  }
}

TEST(DeliveryOptionsTest, AnOverrideChangesWhatItNamesAndLeavesTheRest) {
  const Send send = good(R"("platforms":{
      "ios":{"notification":{"title":"For iOS","badge":3},"data":{"x":"z"}},
      "android":{"data":{"more":"1"}}})");
  ASSERT_EQ(send.variants.size(), 2u);
  const Variant& android = send.variants[0];
  const Variant& ios = send.variants[1];
  EXPECT_EQ(android.platform, "android");
  EXPECT_EQ(android.title, "T");
  EXPECT_THAT(android.data, testing::ElementsAre(std::pair("k", "v"), std::pair("more", "1"),
                                                 std::pair("x", "y")));
  EXPECT_EQ(ios.title, "For iOS");
  EXPECT_EQ(ios.body, "B");
  EXPECT_THAT(ios.data, testing::ElementsAre(std::pair("k", "v"), std::pair("tocsin.badge", "3"),
                                             std::pair("x", "z")));
  EXPECT_EQ(send.title, "T");
}

TEST(DeliveryOptionsTest, AnOverrideHasTheLimitsOfAMessage) {
  const std::string large(limits::message_content_bytes_max, 'x');
  const auto send =
      checked(fmt::format(R"("platforms":{{"ios":{{"notification":{{"body":"{}"}}}}}})", large));
  EXPECT_THAT(send.status().message(), HasSubstr("platforms[ios].notification"));
}

TEST(DeliveryOptionsTest, TheRecordHasAFrameForEachPlatform) {
  const Send send = good(R"("platforms":{"ios":{"notification":{"title":"For iOS"}}},
                            "deliverIf":{"charging":true},"pacing":{"perS":7})");
  const auto acceptance = make_acceptance(send, {.message = MessageId{5},
                                                 .app = AppId{1},
                                                 .app_name = "demo",
                                                 .accepted_at_ms = now_ms,
                                                 .frequency_cap = 3});
  ASSERT_TRUE(acceptance.ok());
  internal::Record record;
  ASSERT_TRUE(record.ParseFromString(acceptance->record));
  const internal::MessageAccepted& accepted = record.message_accepted();
  EXPECT_EQ(accepted.frequency_cap(), 3u);
  EXPECT_EQ(accepted.rollout().per_s(), 7u);
  const internal::DeliveryConditions& conditions = accepted.envelope().conditions();
  EXPECT_EQ(conditions.device_conditions(), 2u);
  ASSERT_EQ(conditions.variants_size(), 1);
  wire::FrameView frame;
  size_t used = 0;
  wire::Push push;
  ASSERT_EQ(wire::read_frame(as_bytes(conditions.variants(0).push_frame()),
                             limits::server_frame_bytes_max, frame, used),
            wire::Code::ok);
  ASSERT_EQ(wire::decode(frame.body, push), wire::Code::ok);
  EXPECT_EQ(push.title, "For iOS");
  EXPECT_EQ(push.message, MessageId{5});
}

}  // namespace
}  // namespace tocsin::dispatcher
