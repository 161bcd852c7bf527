// Requests out of path, query and body; tests/unit/json has the rules of JSON.
#include "dispatcher/transport/rest/rest_request.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include "dispatcher/reply/api_error.h"
#include "json/from_json.h"
#include "json/to_json.h"
#include "tocsin/v1/error.pb.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The request as JSON, or "FIELD: DESCRIPTION" of the first violation, or the message where there is
// none.
std::string outcome(const std::string& verb, const std::string& path, const std::string& query,
                    const std::string& body) {
  const Route route = find_route(verb, path);
  if (route.method == nullptr) return "no such call";
  const auto request = read_request(route, query, body);
  if (request.ok()) {
    std::string json = json::to_json(**request, json::Zeros::omit);
    json.pop_back();
    return json;
  }
  v1::ErrorResponse error;
  EXPECT_TRUE(json::from_json(error_response(request.status()).body, error).ok());
  if (error.error().field_violations().empty()) return error.error().message();
  const auto& violation = error.error().field_violations(0);
  const std::string text = violation.field() + ": " + violation.description();
  EXPECT_EQ(error.error().message(), text);
  return text;
}

std::string of_body(const std::string& body) {
  return outcome("POST", "/v1/apps/demo/messages", "", body);
}

std::string of_query(const std::string& path, const std::string& query) {
  return outcome("GET", "/v1/apps/demo/" + path, query, "");
}

TEST(RestRequest, TheBodyIsAJsonObject) {
  EXPECT_EQ(of_body(R"({"tag":"a"})"), R"({"tag":"a","app":"demo"})");
  EXPECT_EQ(of_body(R"({"send_time":"2027-01-01T00:00:00Z"})"),
            R"({"app":"demo","sendTime":"2027-01-01T00:00:00Z"})");
  EXPECT_EQ(of_body(""), "the body is empty: send a JSON object");
  EXPECT_EQ(of_body(" \n"), "the body is empty: send a JSON object");
  EXPECT_EQ(of_body("[]"), "the body must be a JSON object: { ... }");
  EXPECT_EQ(of_body(R"({"tag" "a"})"),
            R"(the body is not valid JSON: expected a colon at column 8, near: {"tag" "a"})");
  EXPECT_EQ(of_body(std::string(60'000, '{')).find("the body is not valid JSON: "), 0u);
}

TEST(RestRequest, AFaultOfTheBodyNamesTheFieldAsTheCallerWroteIt) {
  EXPECT_EQ(of_body(R"({"tagg":"x"})"), R"(tagg: unknown field: did you mean "tag"?)");
  EXPECT_EQ(of_body(R"({"data":{"a":1}})"), "data.a: must be text in quotes, not 1");
  EXPECT_EQ(of_body(R"({"devices":{"ids":["a",5]}})"),
            "devices.ids[1]: must be text in quotes, not 5");
  EXPECT_EQ(of_body(R"({"sendTime":1})"),
            "sendTime: must be a time like 2027-01-01T00:00:00Z, not 1");
  EXPECT_EQ(of_body(R"({"send_time":1})"),
            "send_time: must be a time like 2027-01-01T00:00:00Z, not 1");
}

TEST(RestRequest, ThePathIsRepeatedOrLeftOut) {
  EXPECT_EQ(of_body(R"({"app":"demo"})"), R"({"app":"demo"})");
  EXPECT_EQ(of_body(R"({"app":"other"})"),
            "app: is not what the path says: leave it out of the body");
  EXPECT_EQ(outcome("POST", "/v1/apps/demo/messages/1/recall", "", ""),
            R"({"app":"demo","messageId":"1"})");
}

TEST(RestRequest, TheQueryHasTheFieldsThatAreOneValue) {
  EXPECT_EQ(of_query("devices", "pageSize=10&audience=tag%3Aa"),
            R"({"app":"demo","audience":"tag:a","pageSize":10})");
  EXPECT_EQ(of_query("devices", "page_size=10&page_token="), R"({"app":"demo","pageSize":10})");
  EXPECT_EQ(of_query("series", "step=HOUR&untilTime=2026-01-01T00:00:00%2B01:00"),
            R"({"app":"demo","step":"HOUR","untilTime":"2025-12-31T23:00:00Z"})");
  EXPECT_EQ(of_query("series", "step=hour"), R"({"app":"demo","step":"HOUR"})");
}

TEST(RestRequest, AFaultOfTheQueryNamesTheParameter) {
  EXPECT_EQ(of_query("devices", "pageSice=1"),
            R"(pageSice: unknown parameter: did you mean "pageSize"?)");
  EXPECT_EQ(of_query("devices", "x=1"), "x: unknown parameter: check its spelling");
  EXPECT_EQ(outcome("POST", "/v1/apps/demo/messages", "validate_only=true", R"({"tag":"a"})"),
            "query: this call takes no parameters: put them into the body");
  EXPECT_EQ(outcome("GET", "/v1/apps/demo/devices", "", R"({"pageSize":1})"),
            "body: this call takes none: put parameters into the query");
  for (const char* text : {"x", "", "-1", "1.5", "4294967296", "%2B1", "%201"}) {
    EXPECT_THAT(of_query("devices", fmt::format("pageSize={}", text)),
                StartsWith("pageSize: must be a whole number from 0 to 4294967295, not "))
        << text;
  }
  EXPECT_EQ(of_query("devices", "pageSize=1&page_size=2"), "page_size: is given twice");
  EXPECT_EQ(of_query("devices", "audience=%ff"), "audience: is not UTF-8");
  EXPECT_EQ(of_query("devices", "%ff=1"), "query: is not UTF-8");
  EXPECT_EQ(of_query("devices", "audience=%4"), "the query has a broken percent escape");
  EXPECT_EQ(of_query("series", "step=DAY"), "step: must be MINUTE or HOUR, not DAY");
  EXPECT_EQ(of_query("series", "step=1"), "step: must be MINUTE or HOUR, not 1");
  EXPECT_EQ(of_query("series", "fromTime=now"),
            "fromTime: must be a time like 2027-01-01T00:00:00Z, not now");
  EXPECT_LT(of_query("devices", std::string(4000, 'n') + "=1").size(), 300u);
  EXPECT_LT(of_query("devices", "pageSize=" + std::string(4000, 'n')).size(), 300u);
}

// protobuf's own reader ends the process over these.
TEST(RestRequest, ATimeBeforeTheFirstYearIsRefused) {
  EXPECT_THAT(of_query("totals", "fromTime=0001-01-01T00:00:00%2B02:00"),
              HasSubstr("must be a time like"));
  EXPECT_THAT(of_body(R"({"sendTime":"0001-01-01T00:00:00+02:00"})"),
              HasSubstr("must be a time like"));
}

}  // namespace
}  // namespace tocsin::dispatcher
