#include "dispatcher/router.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

TEST(Router, FindsEveryCall) {
  EXPECT_EQ(find_route("POST", "/v1/apps").call, Call::create_app);
  EXPECT_EQ(find_route("GET", "/v1/apps").call, Call::list_apps);
  EXPECT_EQ(find_route("GET", "/v1/status").call, Call::status);
  EXPECT_EQ(find_route("POST", "/v1/backups").call, Call::back_up);
  EXPECT_EQ(find_route("GET", "/metrics").call, Call::metrics);
  EXPECT_EQ(find_route("GET", "/healthz").call, Call::health);
  const Route send = find_route("POST", "/v1/apps/demo/messages");
  EXPECT_EQ(send.call, Call::send);
  EXPECT_EQ(send.app, "demo");
  const Route report = find_route("GET", "/v1/apps/demo/messages/00ff");
  EXPECT_EQ(report.call, Call::report);
  EXPECT_EQ(report.app, "demo");
  EXPECT_EQ(report.message, "00ff");
}

TEST(Router, WrongMethodsSayWhatIsAllowed) {
  EXPECT_EQ(find_route("DELETE", "/v1/apps").call, Call::wrong_method);
  EXPECT_EQ(find_route("DELETE", "/v1/apps").allow, "POST, GET");
  EXPECT_EQ(find_route("GET", "/v1/apps/demo/messages").allow, "POST");
  EXPECT_EQ(find_route("get", "/healthz").allow, "GET");
}

TEST(Router, EverythingElseIsUnknown) {
  for (const char* path :
       {"", "/", "v1/apps", "/v1", "/v1/apps/", "/v1/apps/demo", "/v1/apps//messages",
        "/v1/apps/demo/messages/", "/v1/apps/demo/messages/1/2", "/healthz/", "//healthz"}) {
    EXPECT_EQ(find_route("GET", path).call, Call::unknown_path) << path;
  }
}

}  // namespace
}  // namespace tocsin::dispatcher
