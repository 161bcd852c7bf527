// Totals and series over REST, against a real server.
#include <fmt/format.h>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "json/from_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/reports.pb.h"

#include "tests/support/acknowledge.h"

namespace tocsin::dispatcher {
namespace {

using google::protobuf::util::TimeUtil;

class TotalsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto made = at_.client()->call({.method = "POST",
                                          .target = "/v1/apps",
                                          .bearer_token = test::admin_key,
                                          .body = R"({"app":"demo"})"});
    v1::App app;
    ASSERT_TRUE(made.ok() && json::from_json(made->body, app).ok());
    key_ = app.send_key();
    for (const uint8_t first : {1, 2}) at_.register_device(1, DeviceId{{first}}, "a");
  }

  std::string send(const std::string& label) {
    v1::SendResponse sent;
    const auto answer = at_.client()->call(
        {.method = "POST",
         .target = "/v1/apps/demo/messages",
         .bearer_token = key_,
         .body = fmt::format(R"({{"everyone":true,"data":{{"k":"v"}},"label":"{}"}})", label)});
    EXPECT_TRUE(answer.ok() && json::from_json(answer->body, sent).ok());
    at_.await_applied();
    return sent.message_id();
  }

  void append(const internal::Record& record) {
    EXPECT_TRUE(test::append_and_wait(at_.log(), record.SerializeAsString()).ok());
    at_.await_applied();
  }

  // A message of the past, accepted by the log alone.
  void accept_at(MessageId id, uint64_t at_ms) {
    internal::Record record;
    auto& accepted = *record.mutable_message_accepted();
    accepted.mutable_envelope()->set_message_id(id.value);
    accepted.mutable_envelope()->set_app_id(1);
    accepted.mutable_envelope()->set_priority(2);
    accepted.mutable_envelope()->set_accepted_at_ms(at_ms);
    accepted.mutable_envelope()->set_expires_at_ms(at_ms + 1);
    accepted.set_everyone(true);
    append(record);
  }

  template <typename Message>
  Message get(const std::string& target) {
    Message message;
    const auto answer =
        at_.client()->call({.target = "/v1/apps/demo/" + target, .bearer_token = key_});
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return message;
    EXPECT_EQ(answer->status, 200) << answer->body;
    EXPECT_TRUE(json::from_json(answer->body, message).ok()) << answer->body;
    return message;
  }

  static std::string time_text(uint64_t ms) {
    return TimeUtil::ToString(TimeUtil::MillisecondsToTimestamp(static_cast<int64_t>(ms)));
  }

  test::Installation at_;
  std::string key_;
};

TEST_F(TotalsTest, AddUpAllMessagesOrThoseWithALabel) {
  const std::string first = send("news");
  const std::string second = send("news");
  send("other");
  acknowledge(at_, first, {DeviceId{{1}}, DeviceId{{2}}});
  acknowledge(at_, second, {DeviceId{{1}}});
  const auto all = get<v1::Totals>("totals");
  EXPECT_EQ(all.messages(), 3u);
  EXPECT_EQ(all.targeted(), 6u);
  EXPECT_EQ(all.delivered(), 3u);
  EXPECT_EQ(all.pending(), 3u);
  EXPECT_FALSE(all.truncated());
  const auto news = get<v1::Totals>("totals?label=news");
  EXPECT_EQ(news.messages(), 2u);
  EXPECT_EQ(news.delivered(), 3u);
  EXPECT_EQ(news.latency().deliveries(), 3u);
  EXPECT_EQ(get<v1::Totals>("totals?group=news").messages(), 0u);
}

TEST_F(TotalsTest, ARangeIsByWhenTheIdsWereGiven) {
  const uint64_t now_ms = wall_ms();
  const uint64_t hour_ms = 3'600'000;
  // Three pages of messages, one a minute.
  for (uint64_t i = 0; i < 250; ++i) {
    const uint64_t at_ms = now_ms - 10 * hour_ms + i * 60'000;
    accept_at(MessageIdSource(1).next(at_ms), at_ms);
  }
  const auto from = time_text(now_ms - 10 * hour_ms + 20 * 60'000);
  const auto until = time_text(now_ms - 10 * hour_ms + 220 * 60'000);
  EXPECT_EQ(get<v1::Totals>("totals").messages(), 250u);
  EXPECT_EQ(get<v1::Totals>("totals?fromTime=" + from).messages(), 230u);
  EXPECT_EQ(get<v1::Totals>("totals?untilTime=" + until).messages(), 220u);
  const auto both = get<v1::Totals>(fmt::format("totals?fromTime={}&untilTime={}", from, until));
  EXPECT_EQ(both.messages(), 200u);
  EXPECT_EQ(both.expired(), 400u);
  EXPECT_FALSE(both.truncated());
  EXPECT_EQ(get<v1::Totals>("totals?untilTime=1990-01-01T00:00:00Z").messages(), 0u);
}

TEST_F(TotalsTest, MoreThanAreAddedUpIsSaid) {
  const uint64_t begin = MessageIdSource(1).next(wall_ms() - 3'600'000).value;
  for (uint64_t i = 1; i <= limits::totals_messages_max + 1; ++i) {
    internal::Record record;
    auto& accepted = *record.mutable_message_accepted();
    accepted.mutable_envelope()->set_message_id(begin + i);
    accepted.mutable_envelope()->set_app_id(1);
    accepted.mutable_envelope()->set_priority(2);
    accepted.mutable_envelope()->set_accepted_at_ms(wall_ms());
    accepted.mutable_envelope()->set_expires_at_ms(wall_ms() + 1);
    accepted.set_tag("none");
    // What is durable has all before it.
    if (i > limits::totals_messages_max) {
      append(record);
    } else {
      at_.log().append(record.SerializeAsString(), [](auto) {});
    }
  }
  const auto totals = get<v1::Totals>("totals");
  EXPECT_TRUE(totals.truncated());
  EXPECT_LE(totals.messages(), limits::totals_messages_max);
  EXPECT_GT(totals.messages(), 0u);
}

TEST_F(TotalsTest, SeriesSayWhenThingsHappened) {
  const std::string message = send("news");
  acknowledge(at_, message, {DeviceId{{1}}, DeviceId{{2}}});
  for (const char* step : {"MINUTE", "HOUR"}) {
    const auto series = get<v1::Series>(fmt::format("series?step={}", step));
    uint64_t messages = 0;
    uint64_t delivered = 0;
    for (const auto& point : series.points()) {
      messages += point.messages();
      delivered += point.delivered();
    }
    EXPECT_EQ(messages, 1u) << step;
    EXPECT_EQ(delivered, 2u) << step;
    ASSERT_GE(series.points_size(), 1);
    EXPECT_EQ(series.points(0).begin_time().seconds() % 60, 0);
  }
  EXPECT_EQ(get<v1::Series>("series?untilTime=2026-01-01T00:00:00Z").points_size(), 0);
  EXPECT_EQ(get<v1::Series>("series?untilTime=9999-01-01T00:00:00Z").points_size(), 0);
}

}  // namespace
}  // namespace tocsin::dispatcher
