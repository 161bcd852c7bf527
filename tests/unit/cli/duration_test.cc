#include "cli/duration.h"

#include <gtest/gtest.h>

namespace tocsin::cli {
namespace {

TEST(Duration, ReadsWhatPeopleType) {
  EXPECT_EQ(parse_duration_s("0s"), 0u);
  EXPECT_EQ(parse_duration_s("90s"), 90u);
  EXPECT_EQ(parse_duration_s("1h30m"), 5400u);
  EXPECT_EQ(parse_duration_s("28d"), 28u * 86400);
  EXPECT_EQ(parse_duration_s("10000d"), 864'000'000u);
}

TEST(Duration, RefusesTheRest) {
  for (const char* text : {"", "5", "s", "1x", "1h5", "-1s", "1.5h", " 1s", "1s ", "10001d",
                           "10000d1s", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration_s(text), std::nullopt) << text;
  }
}

TEST(Duration, IsWrittenForPeople) {
  EXPECT_EQ(duration_text(0), "0 ms");
  EXPECT_EQ(duration_text(999), "999 ms");
  EXPECT_EQ(duration_text(1'449), "1.4 s");
}

}  // namespace
}  // namespace tocsin::cli
