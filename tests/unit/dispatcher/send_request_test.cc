#include "dispatcher/send/send_request.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/rest/json_error.h"
#include "json/read.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t now_ms = 1'790'000'000'000;
constexpr char device_a[] = "000102030405060708090a0b0c0d0e0f";
constexpr char device_b[] = "ffffffffffffffffffffffffffffffff";

absl::StatusOr<Send> parse_send(const std::string& json) {
  v1::SendRequest request;
  if (const auto fault = json::read(json, request, json::UnknownFields::refuse)) {
    return json_error(*fault, "the body");
  }
  return check_send(std::move(request), now_ms);
}

std::string error_of(const std::string& json) {
  const auto send = parse_send(json);
  return send.ok() ? "accepted" : error_response(send.status()).body;
}

TEST(SendRequest, ReadsEverything) {
  const auto send = parse_send(fmt::format(R"({{"devices": {{"ids": ["{}", "{}"]}},
      "notification": {{"title": "T", "body": "B"}}, "data": {{"k": "v", "a": ""}},
      "ttl": "90.5s", "priority": "ALERT"}})",
                                           device_b, device_a));
  ASSERT_TRUE(send.ok()) << send.status().ToString();
  EXPECT_EQ(send->target, Send::Target::devices);
  EXPECT_FALSE(send->is_cast());
  ASSERT_EQ(send->devices.size(), 2u);
  EXPECT_EQ(send->devices[0].text(), device_b);
  EXPECT_EQ(send->title, "T");
  EXPECT_EQ(send->body, "B");
  EXPECT_EQ(send->data, (std::vector<std::pair<std::string, std::string>>{{"a", ""}, {"k", "v"}}));
  EXPECT_EQ(send->ttl_ms, 90'500u);
  EXPECT_EQ(send->priority, wire::Priority::alert);
}

TEST(SendRequest, Defaults) {
  const auto send = parse_send(R"({"tag":"a","data":{"k":"v"}})");
  ASSERT_TRUE(send.ok());
  EXPECT_EQ(send->ttl_ms, limits::ttl_s_default * 1000ull);
  EXPECT_EQ(send->priority, wire::Priority::normal);
  EXPECT_TRUE(send->is_cast());
  EXPECT_EQ(send->tag, "a");
}

TEST(SendRequest, OneDeviceAndRepetitions) {
  const auto one = parse_send(fmt::format(R"({{"device":"{}","data":{{"k":"v"}}}})", device_a));
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->devices.size(), 1u);
  EXPECT_EQ(one->devices_field, "device");
  const auto twice = parse_send(
      fmt::format(R"({{"devices":{{"ids":["{0}","{0}"]}},"data":{{"k":"v"}}}})", device_a));
  ASSERT_TRUE(twice.ok());
  EXPECT_EQ(twice->devices.size(), 1u);
}

TEST(SendRequest, TimeToLive) {
  const auto ttl_ms = [](const char* ttl) {
    const auto send =
        parse_send(fmt::format(R"({{"everyone":true,"data":{{"k":"v"}},"ttl":"{}"}})", ttl));
    return send.ok() ? static_cast<int64_t>(send->ttl_ms) : -1;
  };
  EXPECT_EQ(ttl_ms("0s"), 0);
  EXPECT_EQ(ttl_ms("1s"), 1000);
  EXPECT_EQ(ttl_ms("0.000001s"), 1);
  EXPECT_EQ(ttl_ms("2419200s"), 2'419'200'000);
  EXPECT_EQ(ttl_ms("2419200.001s"), -1);
  EXPECT_EQ(ttl_ms("2419201s"), -1);
  EXPECT_EQ(ttl_ms("-1s"), -1);
  EXPECT_EQ(ttl_ms("-0.5s"), -1);
}

TEST(SendRequest, PrioritiesInEitherCase) {
  for (const auto& [text, priority] : {std::pair{"low", wire::Priority::low},
                                       {"NORMAL", wire::Priority::normal},
                                       {"High", wire::Priority::high},
                                       {"alert", wire::Priority::alert}}) {
    const auto send =
        parse_send(fmt::format(R"({{"tag":"a","data":{{"k":"v"}},"priority":"{}"}})", text));
    ASSERT_TRUE(send.ok()) << text;
    EXPECT_EQ(send->priority, priority) << text;
  }
}

struct BadCase {
  const char* name;
  std::string json;
  const char* field;
  const char* description;
};

std::string many_ids(size_t count) {
  std::string ids;
  for (size_t i = 0; i < count; ++i) ids += fmt::format(R"({}"{:032x}")", i == 0 ? "" : ",", i);
  return ids;
}

std::string many_entries(size_t count) {
  std::string entries;
  for (size_t i = 0; i < count; ++i) entries += fmt::format(R"({}"k{}":"")", i == 0 ? "" : ",", i);
  return entries;
}

class BadSendRequest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadSendRequest, NamesTheField) {
  const auto send = parse_send(GetParam().json);
  ASSERT_FALSE(send.ok()) << GetParam().json;
  EXPECT_TRUE(absl::IsInvalidArgument(send.status()));
  const std::string body = error_response(send.status()).body;
  EXPECT_THAT(body, HasSubstr(fmt::format(R"("field":"{}")", GetParam().field)));
  EXPECT_THAT(body, HasSubstr(GetParam().description));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadSendRequest,
    ::testing::Values(
        BadCase{"NoTarget", R"({"data":{"k":"v"}})", "device", "give one of"},
        BadCase{"TwoTargets", R"({"tag":"a","everyone":true})", "everyone",
                "tag is given, too: give one of"},
        BadCase{"EveryoneFalse", R"({"everyone":false,"data":{"k":"v"}})", "everyone",
                "must be true"},
        BadCase{"BadTag", R"({"tag":"a b","data":{"k":"v"}})", "tag", "1 to 64"},
        BadCase{"LongTag",
                fmt::format(R"({{"tag":"{}","data":{{"k":"v"}}}})", std::string(65, 'a')), "tag",
                "1 to 64"},
        BadCase{"NulTag", R"({"tag":"\u0000","data":{"k":"v"}})", "tag", "1 to 64"},
        BadCase{"BadDevice", R"({"device":"x","data":{"k":"v"}})", "device", "32 hexadecimal"},
        BadCase{"BadDeviceInList",
                fmt::format(R"({{"devices":{{"ids":["{}","x"]}},"data":{{"k":"v"}}}})", device_a),
                "devices.ids[1]", "32 hexadecimal"},
        BadCase{"NoDevices", R"({"devices":{},"data":{"k":"v"}})", "devices.ids", "not 0"},
        BadCase{"ManyDevices",
                fmt::format(R"({{"devices":{{"ids":[{}]}},"data":{{"k":"v"}}}})", many_ids(101)),
                "devices.ids", "not 101"},
        BadCase{"NoContent", R"({"tag":"a"})", "notification", "content is needed"},
        BadCase{"EmptyContent", R"({"tag":"a","notification":{},"data":{}})", "notification",
                "content is needed"},
        BadCase{
            "LongTitle",
            fmt::format(R"({{"tag":"a","notification":{{"title":"{}"}}}})", std::string(1025, 'x')),
            "notification.title", "1024"},
        BadCase{"LongContent",
                fmt::format(R"({{"tag":"a","notification":{{"title":"t","body":"{}"}},)"
                            R"("data":{{"k":"v"}}}})",
                            std::string(4094, 'x')),
                "notification", "4097 bytes"},
        BadCase{"ManyEntries", fmt::format(R"({{"tag":"a","data":{{{}}}}})", many_entries(33)),
                "data", "at most 32"},
        BadCase{"EmptyKey", R"({"tag":"a","data":{"":"v"}})", "data", "1 to 64 bytes, not 0"},
        BadCase{"LongKey",
                fmt::format(R"({{"tag":"a","data":{{"{}":"v"}}}})", std::string(65, 'k')), "data",
                "not 65"},
        BadCase{"LongTtl", R"({"tag":"a","data":{"k":"v"},"ttl":"9999999s"})", "ttl", "28 days"},
        BadCase{"TtlWithoutUnit", R"({"tag":"a","ttl":"5"})", "ttl", "3600s"},
        BadCase{"TtlNumber", R"({"tag":"a","ttl":5})", "ttl", "3600s"},
        BadCase{"TtlOverflow", R"({"tag":"a","ttl":"99999999999999s"})", "ttl", "3600s"},
        BadCase{"PriorityNumber", R"({"tag":"a","data":{"k":"v"},"priority":9})", "priority",
                "LOW, NORMAL"},
        BadCase{"PriorityName", R"({"tag":"a","priority":"URGENT"})", "priority", "LOW, NORMAL"}),
    [](const auto& info) { return info.param.name; });

TEST(SendRequest, ListsEveryViolation) {
  const std::string body = error_of(R"({"tag":"a b","ttl":"-1s","priority":7})");
  for (const char* field : {"tag", "notification", "ttl", "priority"}) {
    EXPECT_THAT(body, HasSubstr(fmt::format(R"("field":"{}")", field)));
  }
}

TEST(SendRequest, TakesContentOfExactlyTheLimit) {
  EXPECT_TRUE(parse_send(fmt::format(R"({{"tag":"a","notification":{{"body":"{}"}}}})",
                                     std::string(limits::message_content_bytes_max, 'x')))
                  .ok());
  EXPECT_TRUE(parse_send(fmt::format(R"({{"devices":{{"ids":[{}]}},"data":{{"k":"v"}}}})",
                                     many_ids(limits::send_devices_max)))
                  .ok());
  EXPECT_TRUE(parse_send(fmt::format(R"({{"tag":"a","data":{{{}}}}})",
                                     many_entries(limits::data_entries_max)))
                  .ok());
}

TEST(SendRequest, ATimeMustBeAheadAndNotTooFar) {
  const std::string send = R"({{"tag":"a","data":{{"k":"v"}},"sendTime":"{}"}})";
  const auto at = [&](const char* time) { return fmt::format(fmt::runtime(send), time); };
  EXPECT_EQ(parse_send(at("2026-09-21T14:13:21Z"))->send_at_ms, now_ms + 1000);
  EXPECT_THAT(error_of(at("2026-09-21T14:13:20Z")), HasSubstr("has already passed"));
  EXPECT_THAT(error_of(at("2028-01-01T00:00:00Z")), HasSubstr("more than a year ahead"));
}

TEST(SendRequest, TheFingerprintIsOfEverythingButKeyAndRelease) {
  const auto print = [](const std::string& more) {
    return parse_send(R"({"tag":"a","data":{"k":"v","l":"w"})" + more + "}")->fingerprint;
  };
  EXPECT_EQ(print("").size(), 32u);
  EXPECT_EQ(print(""), print(R"(,"idempotencyKey":"x","release":"y")"));
  EXPECT_NE(print(""), print(R"(,"ttl":"5s")"));
  EXPECT_EQ(print(""), parse_send(R"({"data":{"l":"w","k":"v"},"tag":"a"})")->fingerprint);
}

}  // namespace
}  // namespace tocsin::dispatcher
