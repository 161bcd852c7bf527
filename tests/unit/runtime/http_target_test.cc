#include "runtime/http_server/http_target.h"

#include <gtest/gtest.h>

namespace tocsin::runtime {
namespace {

TEST(HttpTarget, CutsPathAndQuery) {
  const auto target = parse_http_target("/v1/apps/demo?a=%20&b");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/apps/demo");
  EXPECT_EQ(target->query, "a=%20&b");
}

TEST(HttpTarget, LeavesThePathAsItIs) {
  EXPECT_EQ(parse_http_target("/a%20b%2Fc%c3%A9")->path, "/a%20b%2Fc%c3%A9");
  EXPECT_EQ(percent_decoded("/a%20b%2Fc%c3%A9"), "/a b/c\xc3\xa9");
  EXPECT_EQ(percent_decoded("a+b"), "a+b");
  EXPECT_FALSE(percent_decoded("a%4"));
}

TEST(HttpTarget, TakesTheAbsoluteForm) {
  EXPECT_EQ(parse_http_target("https://h:1/x?y")->path, "/x");
  EXPECT_EQ(parse_http_target("https://h:1/x?y")->query, "y");
  EXPECT_EQ(parse_http_target("http://h")->path, "/");
  EXPECT_EQ(parse_http_target("HTTP://h/x")->path, "/x");
}

TEST(HttpTarget, RefusesWhatIsNotATarget) {
  for (const char* text : {"", "*", "v1", "/%", "/%2", "/%zz", "/a%4", "https://h?x", "%2Fa%"}) {
    EXPECT_FALSE(parse_http_target(text)) << text;
  }
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST(HttpQuery, IsCutAndDecoded) {
  EXPECT_EQ(*parse_http_query("a=1&b=c%20d+e&f&&g="),
            (Parameters{{"a", "1"}, {"b", "c d e"}, {"f", ""}, {"g", ""}}));
  EXPECT_EQ(*parse_http_query("a%3D=%26"), (Parameters{{"a=", "&"}}));
  EXPECT_TRUE(parse_http_query("")->empty());
}

TEST(HttpQuery, RefusesABrokenEscape) {
  EXPECT_FALSE(parse_http_query("a=%4"));
  EXPECT_FALSE(parse_http_query("%zz=1"));
}

}  // namespace
}  // namespace tocsin::runtime
