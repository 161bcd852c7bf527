#include "json/time_text.h"

#include <gtest/gtest.h>

namespace tocsin::json {
namespace {

TEST(JsonTimes, Rfc3339) {
  struct Case {
    const char* text;
    int64_t s;
    int32_t ns;
  };
  for (const Case& one : {Case{"1970-01-01T00:00:00Z", 0, 0},
                          {"2027-01-01T00:00:00Z", 1'798'761'600, 0},
                          {"2024-02-29T23:59:59.000000001Z", 1'709'251'199, 1},
                          {"2027-01-01T02:30:00.5+02:30", 1'798'761'600, 500'000'000},
                          {"2026-12-31T14:00:00-10:00", 1'798'761'600, 0},
                          {"1969-12-31T23:59:59.25Z", -1, 250'000'000},
                          {"0001-01-01T00:00:00Z", -62'135'596'800, 0},
                          {"9999-12-31T23:59:59.999999999Z", 253'402'300'799, 999'999'999}}) {
    const auto time = parse_time(one.text);
    ASSERT_TRUE(time) << one.text;
    EXPECT_EQ(time->seconds(), one.s) << one.text;
    EXPECT_EQ(time->nanos(), one.ns) << one.text;
  }
}

TEST(JsonTimes, NothingElseIsATime) {
  for (const char* text :
       {"", "2027", "2027-01-01", "2027-01-01T00:00:00", "2027-01-01T00:00Z",
        "2027-01-01t00:00:00Z", "2027-01-01T00:00:00z", "2027-01-01 00:00:00Z",
        "2027-1-01T00:00:00Z", "2027-01-1T00:00:00Z", "2027-01-01T0:00:00Z",
        "02027-01-01T00:00:00Z", "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z",
        "2027-02-29T00:00:00Z", "2027-04-31T00:00:00Z", "2027-01-00T00:00:00Z",
        "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z", "2027-01-01T23:59:60Z",
        "2027-01-01T00:00:00.Z", "2027-01-01T00:00:00.0000000001Z", "2027-01-01T00:00:00,5Z",
        "2027-01-01T00:00:00+02", "2027-01-01T00:00:00+0200", "2027-01-01T00:00:00+24:00",
        "2027-01-01T00:00:00+02:60", "2027-01-01T00:00:00UTC", " 2027-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z ", "2027-01-01T00:00:00ZZ", "-027-01-01T00:00:00Z",
        "+027-01-01T00:00:00Z", "2027-01-01T00:00:00Z\n", "tomorrow", "0000-01-01T00:00:00Z",
        // In the years that there are, but for their offset.
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(JsonTimes, Durations) {
  struct Case {
    const char* text;
    int64_t s;
    int32_t ns;
  };
  for (const Case& one : {Case{"0s", 0, 0},
                          {"3600s", 3600, 0},
                          {"0.5s", 0, 500'000'000},
                          {"-0.5s", 0, -500'000'000},
                          {"-1.000000001s", -1, -1},
                          {"315576000000s", 315'576'000'000, 0},
                          {"-315576000000s", -315'576'000'000, 0}}) {
    const auto duration = parse_duration(one.text);
    ASSERT_TRUE(duration) << one.text;
    EXPECT_EQ(duration->seconds(), one.s) << one.text;
    EXPECT_EQ(duration->nanos(), one.ns) << one.text;
  }
  for (const char* text : {"",
                           "s",
                           "1",
                           "1.5",
                           "1h",
                           "1S",
                           "1 s",
                           " 1s",
                           "1s ",
                           "1.s",
                           ".5s",
                           "+1s",
                           "--1s",
                           "-s",
                           "1e3s",
                           "0x1s",
                           "1.-5s",
                           "1.0000000001s",
                           "315576000001s",
                           "315576000000.1s",
                           "1000000000000000000s",
                           "99999999999999999999s",
                           "1ss"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace tocsin::json
