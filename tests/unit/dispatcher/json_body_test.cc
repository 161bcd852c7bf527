#include "dispatcher/transport/json_body.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dispatcher/reply/api_error.h"
#include "json/to_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/error.pb.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// "field: description" of the first violation, or the message where there is none.
std::string complaint(const std::string& json) {
  v1::SendRequest request;
  const absl::Status status = parse_json(json, request);
  if (status.ok()) return "accepted";
  v1::ErrorResponse error;
  EXPECT_TRUE(parse_json(error_response(status).body, error).ok());
  if (error.error().field_violations().empty()) return error.error().message();
  const auto& violation = error.error().field_violations(0);
  return violation.field() + ": " + violation.description();
}

TEST(JsonBody, BothSpellings) {
  v1::MessageReport report;
  ASSERT_TRUE(parse_json(R"({"messageId":"a","accept_time":"2024-01-01T00:00:00Z"})", report).ok());
  EXPECT_EQ(report.message_id(), "a");
  EXPECT_EQ(report.accept_time().seconds(), 1'704'067'200);
  ASSERT_TRUE(parse_json(R"({"message_id":"b"})", report).ok());
  EXPECT_EQ(report.message_id(), "b");
}

TEST(JsonBody, WritesZerosWhenAsked) {
  v1::MessageReport report;
  EXPECT_THAT(json::to_json(report, json::Zeros::keep), HasSubstr(R"("pending":"0")"));
  EXPECT_EQ(json::to_json(report, json::Zeros::omit), "{}\n");
  v1::App app;
  EXPECT_THAT(json::to_json(app, json::Zeros::keep), Not(HasSubstr("sendKey")));
}

TEST(JsonBody, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(complaint(R"({"tagg":"x"})"), "tagg: unknown field: check its spelling");
  EXPECT_EQ(complaint(R"({"notification":{"titel":"x"}})"),
            "notification.titel: unknown field: check its spelling");
  EXPECT_EQ(complaint(R"({"everyone":1})"), "everyone: 1 is not true or false");
  EXPECT_EQ(complaint(R"({"tag":5})"), "tag: 5 is not text in quotes");
  EXPECT_EQ(complaint(R"({"notification":{"title":true}})"),
            "notification.title: true is not text in quotes");
  EXPECT_EQ(complaint(R"({"data":{"a":1}})"), "data[0].value: 1 is not text in quotes");
  EXPECT_EQ(complaint(R"({"devices":{"ids":["a",5]}})"), "devices.ids[1]: 5 is not text in quotes");
  EXPECT_EQ(complaint(R"({"devices":["a"]})"), "devices: must not be a list");
  EXPECT_EQ(complaint(R"({"data":[1]})"), "data: must be an object, not a list");
  EXPECT_EQ(complaint(R"({"data":"x"})"), "data: \"x\" is not an object");
  EXPECT_EQ(complaint(R"({"notification":{"title":{"x":1}}})"),
            "notification.title: must be text, a number or true/false, not an object");
  EXPECT_EQ(complaint(R"({"data":{"a":"1","a":"2"}})"), "data[0].a: the same key is given twice");
  EXPECT_THAT(complaint(R"({"tag":"a","tag":"b"})"), HasSubstr("tag: only one of"));
}

TEST(JsonBody, SaysWhereTheSyntaxIsBroken) {
  EXPECT_THAT(complaint(""), HasSubstr("the body is empty"));
  EXPECT_THAT(complaint(" \n"), HasSubstr("the body is empty"));
  EXPECT_THAT(complaint("{"), HasSubstr("not valid JSON"));
  EXPECT_THAT(complaint(R"({"tag" "a"})"), HasSubstr(R"(near: {"tag" "a"})"));
  EXPECT_THAT(complaint("title=hello"), HasSubstr("not valid JSON"));
  EXPECT_THAT(complaint("[]"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(complaint("null"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(complaint(R"({"data":{"a":{}}})"), HasSubstr("values in data are text"));
}

TEST(JsonBody, ErrorsAboutHostileBodiesAreShortAndValid) {
  for (const std::string& json :
       {std::string("{\"tag\":\"\xff\"}"), std::string("\xff\xfe"), std::string("{\"\xc3\":1}"),
        fmt::format(R"({{"{}":1}})", std::string(60'000, 'n')),
        fmt::format(R"({{"everyone":"{}"}})", std::string(60'000, 'v')), std::string(60'000, '['),
        fmt::format(R"({{"tag":{}}})", std::string(60'000, '{')),
        std::string(R"({"x: invalid value y for type z":1})"), std::string("{\"a\0b\":1}", 9),
        std::string(R"({"(":1})"), std::string(R"({"tag":"\ud800"})")}) {
    const std::string text = complaint(json);
    EXPECT_NE(text, "accepted");
    EXPECT_LT(text.size(), 400u);
  }
}

}  // namespace
}  // namespace tocsin::dispatcher
