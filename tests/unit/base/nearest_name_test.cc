#include "base/nearest_name.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(NearestName, WordsHaveADistance) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
  EXPECT_EQ(edit_distance("snd", "send"), 1u);
  EXPECT_EQ(edit_distance("sned", "send"), 2u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(NearestName, TheNearestOfTheNamesIsMeant) {
  const std::vector<std::string_view> names{"title", "body", "titles", "image", "ab"};
  EXPECT_EQ(nearest_name(names, "tittle"), "title");
  EXPECT_EQ(nearest_name(names, "titls"), "title");
  EXPECT_EQ(nearest_name(names, "bdoy"), "body");
  EXPECT_EQ(nearest_name(names, "picture"), "");
  EXPECT_EQ(nearest_name(names, "xy"), "") << "all of it would be changed";
  EXPECT_EQ(nearest_name(names, ""), "");
  EXPECT_EQ(nearest_name(names, std::string(60'000, 't')), "");
  EXPECT_EQ(nearest_name({}, "title"), "");
}

}  // namespace
}  // namespace tocsin
