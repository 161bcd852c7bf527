#include "wire/utf8.h"

#include <gtest/gtest.h>

namespace tocsin::wire {
namespace {

bool valid(std::string_view text) { return is_utf8(as_bytes(text)); }

TEST(Utf8Test, AcceptsTextOfAllLengths) {
  EXPECT_TRUE(valid(""));
  EXPECT_TRUE(valid("plain"));
  EXPECT_TRUE(valid(std::string_view("nul\0inside", 10)));
  EXPECT_TRUE(valid("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf"));
  EXPECT_TRUE(valid("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
}

TEST(Utf8Test, RefusesWhatRfc3629Refuses) {
  EXPECT_FALSE(valid("\x80")) << "a continuation alone";
  EXPECT_FALSE(valid("\xc0\xaf")) << "overlong, two bytes";
  EXPECT_FALSE(valid("\xc1\xbf")) << "overlong, two bytes";
  EXPECT_FALSE(valid("\xe0\x9f\xbf")) << "overlong, three bytes";
  EXPECT_FALSE(valid("\xf0\x8f\xbf\xbf")) << "overlong, four bytes";
  EXPECT_FALSE(valid("\xed\xa0\x80")) << "a surrogate";
  EXPECT_FALSE(valid("\xf4\x90\x80\x80")) << "over U+10FFFF";
  EXPECT_FALSE(valid("\xf5\x80\x80\x80")) << "no such lead byte";
  EXPECT_FALSE(valid("\xff")) << "no such lead byte";
}

TEST(Utf8Test, RefusesASequenceCutOffOrBroken) {
  EXPECT_FALSE(valid("a\xc3"));
  EXPECT_FALSE(valid("\xe5\xbc"));
  EXPECT_FALSE(valid("\xf0\x9f\x9a"));
  EXPECT_FALSE(valid("\xe5\xbcz"));
  EXPECT_FALSE(valid("\xc3z"));
  EXPECT_FALSE(valid("\xf0\x9f\x9az"));
}

}  // namespace
}  // namespace tocsin::wire
