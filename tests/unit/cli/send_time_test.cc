#include "cli/send_time.h"

#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

namespace tocsin::cli {
namespace {

std::string read(const std::string& text, uint64_t now_ms = 0) {
  const auto time = parse_send_time(text, now_ms);
  return time ? google::protobuf::util::TimeUtil::ToString(*time) : "none";
}

TEST(SendTime, IsRfc3339) {
  EXPECT_EQ(read("2026-11-22T18:00:00Z"), "2026-11-22T18:00:00Z");
  EXPECT_EQ(read("2026-11-22T18:00:00.5+01:00"), "2026-11-22T17:00:00.500Z");
}

TEST(SendTime, OrADurationFromNowInWholeSeconds) {
  EXPECT_EQ(read("1h30m", 5'000), "1970-01-01T01:30:05Z");
  EXPECT_EQ(read("10s", 5'001), "1970-01-01T00:00:16Z");
}

TEST(SendTime, AndNothingElse) {
  for (const char* text :
       {"", "tomorrow", "10", "2026-11-22", "2026-11-22T18:00:00", "2026-13-22T18:00:00Z",
        "2026-11-22T25:00:00Z", "0001-01-01T00:00:00+02:00"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

}  // namespace
}  // namespace tocsin::cli
