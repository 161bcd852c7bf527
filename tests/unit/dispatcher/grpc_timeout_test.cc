#include "dispatcher/transport/grpc/grpc_timeout.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

TEST(GrpcTimeout, UnitsAreReadAndRoundedUp) {
  EXPECT_EQ(parse_grpc_timeout("2H"), 7'200'000u);
  EXPECT_EQ(parse_grpc_timeout("3M"), 180'000u);
  EXPECT_EQ(parse_grpc_timeout("10S"), 10'000u);
  EXPECT_EQ(parse_grpc_timeout("250m"), 250u);
  EXPECT_EQ(parse_grpc_timeout("1000u"), 1u);
  EXPECT_EQ(parse_grpc_timeout("1001u"), 2u);
  EXPECT_EQ(parse_grpc_timeout("1n"), 1u);
  EXPECT_EQ(parse_grpc_timeout("0n"), 0u);
  EXPECT_EQ(parse_grpc_timeout("99999999H"), 99'999'999ull * 3'600'000);
}

TEST(GrpcTimeout, AnythingElseIsRefused) {
  for (const char* text : {"", "1", "S", "123456789m", "1s", "-1S", "+1S", " 1S", "1S ", "1.5S",
                           "0x1S", "1 S", "1SS", "1h"}) {
    EXPECT_EQ(parse_grpc_timeout(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tocsin::dispatcher
