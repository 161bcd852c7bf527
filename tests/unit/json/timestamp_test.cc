#include "json/timestamp.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <gtest/gtest.h>

#include "json/to_json.h"

namespace tocsin::json {
namespace {

TEST(Timestamp, WhatIsAfterTheYear9999IsItsEndAndCanBeWritten) {
  google::protobuf::Timestamp time;
  for (const uint64_t ms : {uint64_t{253'402'300'800'000}, UINT64_MAX}) {
    set_time(time, ms);
    EXPECT_EQ(to_json(time, Zeros::omit), "\"9999-12-31T23:59:59.999Z\"\n");
    EXPECT_EQ(ms_of(time), 253'402'300'799'999u);
  }
}

TEST(Timestamp, DurationsInMilliseconds) {
  google::protobuf::Duration duration;
  EXPECT_EQ(ms_of(duration), 0u);
  duration.set_seconds(1);
  duration.set_nanos(999'999'999);
  EXPECT_EQ(ms_of(duration), 1999u);
  duration.set_nanos(-1);
  EXPECT_EQ(ms_of(duration), std::nullopt);
  duration.set_nanos(0);
  for (const int64_t s : {int64_t{-1}, INT64_MIN, INT64_MAX, int64_t{INT32_MAX} + 1}) {
    duration.set_seconds(s);
    EXPECT_EQ(ms_of(duration), std::nullopt) << s;
  }
}

}  // namespace
}  // namespace tocsin::json
