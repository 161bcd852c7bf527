#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/backoff.h"
#include "base/hex.h"
#include "base/varint.h"

namespace tocsin {
namespace {

TEST(HexTest, RoundTripsAndRefusesNonsense) {
  const Bytes bytes = {0x00, 0x7f, 0xff, 0xa5};
  EXPECT_EQ(to_hex(bytes), "007fffa5");
  Bytes back(4);
  EXPECT_TRUE(from_hex("007FffA5", back));
  EXPECT_EQ(back, bytes);
  EXPECT_FALSE(from_hex("007fffa", back));
  EXPECT_FALSE(from_hex("007fffg5", back));
}

TEST(BytesTest, ComparesSecretsByLengthAndContent) {
  EXPECT_TRUE(equal_constant_time(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(equal_constant_time(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(equal_constant_time(Bytes{1, 2}, Bytes{1, 2, 3}));
}

TEST(VarintTest, RoundTripsAtEveryLength) {
  for (int bits = 0; bits < 64; ++bits) {
    const uint64_t value = uint64_t{1} << bits;
    Bytes bytes;
    append_varint(value, bytes);
    uint64_t back = 0;
    size_t used = 0;
    ASSERT_EQ(read_varint(bytes, 10, back, used), VarintResult::ok);
    EXPECT_EQ(back, value);
    EXPECT_EQ(used, bytes.size());
    for (size_t cut = 0; cut < bytes.size(); ++cut) {
      EXPECT_EQ(read_varint(ByteView(bytes).first(cut), 10, back, used), VarintResult::incomplete);
    }
  }
}

TEST(VarintTest, StopsAtItsBound) {
  uint64_t value = 0;
  size_t used = 0;
  EXPECT_EQ(read_varint(Bytes{0x80, 0x80, 0x80, 0x01}, 3, value, used), VarintResult::too_long);
}

TEST(BackoffTest, StaysUnderItsRisingCeilingAndResets) {
  Prng prng(7);
  Backoff backoff(1000, 300'000);
  uint64_t largest_ms = 0;
  for (int attempt = 0; attempt < 30; ++attempt) {
    const uint64_t ceiling_ms = std::min<uint64_t>(300'000, 1000ull << std::min(attempt, 20));
    const uint64_t wait_ms = backoff.next_ms(prng);
    ASSERT_LE(wait_ms, ceiling_ms) << attempt;
    largest_ms = std::max(largest_ms, wait_ms);
  }
  EXPECT_GT(largest_ms, 60'000u);
  backoff.reset();
  EXPECT_LE(backoff.next_ms(prng), 1000u);
}

}  // namespace
}  // namespace tocsin
