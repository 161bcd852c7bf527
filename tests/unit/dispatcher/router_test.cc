#include "dispatcher/transport/rest/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::string name_at(std::string_view verb, std::string_view path) {
  const Route route = find_route(verb, path);
  return route.method == nullptr ? "none" : route.method->name;
}

TEST(Router, FindsCallsAndWhatThePathSays) {
  EXPECT_EQ(name_at("POST", "/v1/apps"), "CreateApp");
  EXPECT_EQ(name_at("GET", "/v1/apps"), "ListApps");
  EXPECT_EQ(name_at("GET", "/v1/status"), "GetStatus");
  EXPECT_EQ(name_at("POST", "/v1/backups"), "CreateBackup");
  EXPECT_EQ(name_at("POST", "/v1/apps/demo/messages"), "Send");
  const Route report = find_route("GET", "/v1/apps/demo/messages/00ff/devices/aa");
  ASSERT_NE(report.method, nullptr);
  EXPECT_EQ(report.method->name, "GetDeviceReport");
  EXPECT_THAT(report.fields, ElementsAre(Pair("app", "demo"), Pair("message_id", "00ff"),
                                         Pair("device_id", "aa")));
}

// What the schema says is what is routed: each pattern with its fields filled finds its method.
TEST(Router, EveryMethodOfTheSchemaIsFoundAtItsPath) {
  ASSERT_GE(api_methods().size(), 14u);
  for (const Method& method : api_methods()) {
    const Route route = find_route(method.verb, method.path);
    ASSERT_NE(route.method, nullptr) << method.path;
    EXPECT_EQ(route.method->name, method.name);
    EXPECT_EQ(static_cast<ptrdiff_t>(route.fields.size()),
              std::count(method.path.begin(), method.path.end(), '{'));
    for (const auto& [field, text] : route.fields) {
      EXPECT_EQ(text, "{" + field + "}");
      EXPECT_NE(method.descriptor->input_type()->FindFieldByName(field), nullptr) << method.name;
    }
  }
}

TEST(Router, CutsAtSlashesBeforeItDecodes) {
  const Route route = find_route("DELETE", "/v1/apps/demo/aliases/a%2Fb%20%C3%A9");
  ASSERT_NE(route.method, nullptr);
  EXPECT_EQ(route.fields.back().second, "a/b \xc3\xa9");
  EXPECT_EQ(name_at("GET", "/v1/%61pps"), "ListApps");
  for (const char* path : {"/v1%2Fapps", "/v1/apps%2Fdemo", "/v1/apps/%4"}) {
    EXPECT_EQ(find_route("GET", path).method, nullptr) << path;
  }
}

TEST(Router, WrongMethodsSayWhatIsAllowed) {
  EXPECT_EQ(name_at("DELETE", "/v1/apps"), "none");
  EXPECT_EQ(find_route("DELETE", "/v1/apps").allow, "POST, GET");
  EXPECT_EQ(find_route("PUT", "/v1/apps/demo/count").allow, "POST");
  EXPECT_EQ(find_route("get", "/v1/status").allow, "GET");
}

TEST(Router, EverythingElseIsUnknown) {
  for (const char* path : {"", "/", "v1/apps", "/v1", "/v1/apps/", "/v1/apps//messages",
                           "/v1/apps/demo/messages/", "/v1/apps/demo/messages/1/2"}) {
    const Route route = find_route("GET", path);
    EXPECT_EQ(route.method, nullptr) << path;
    EXPECT_EQ(route.allow, "") << path;
  }
}

}  // namespace
}  // namespace tocsin::dispatcher
