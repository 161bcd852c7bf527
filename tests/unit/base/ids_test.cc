#include "base/ids.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(DeviceIdTest, TextRoundTrips) {
  const auto id = DeviceId::parse("00112233445566778899aabbccddeeff");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->bytes[1], 0x11);
  EXPECT_EQ(id->text(), "00112233445566778899aabbccddeeff");
}

TEST(DeviceIdTest, RefusesOtherLengthsAndCharacters) {
  EXPECT_FALSE(DeviceId::parse("").has_value());
  EXPECT_FALSE(DeviceId::parse("00112233445566778899aabbccddeef").has_value());
  EXPECT_FALSE(DeviceId::parse("00112233445566778899aabbccddeefg").has_value());
  EXPECT_FALSE(DeviceId::from_bytes(Bytes(15)).has_value());
}

TEST(MessageIdTest, TextRoundTripsAndZeroIsNone) {
  const MessageId id{0x0123456789abcdef};
  EXPECT_EQ(id.text(), "0123456789abcdef");
  EXPECT_EQ(MessageId::parse(id.text()), id);
  EXPECT_FALSE(MessageId::parse("0000000000000000").has_value());
}

TEST(MessageIdSourceTest, RisesStrictlyThoughTheClockStandsOrStepsBack) {
  MessageIdSource source(3);
  MessageId last;
  for (const uint64_t now_ms : {1'800'000'000'000, 1'800'000'000'000, 1'700'000'000'000}) {
    for (int i = 0; i < 5000; ++i) {
      const MessageId next = source.next(now_ms);
      ASSERT_GT(next, last);
      last = next;
    }
  }
}

TEST(MessageIdSourceTest, NeverRepeatsWhatWasFoundInStorage) {
  MessageIdSource before(3);
  const MessageId last = before.next(1'800'000'000'500);
  MessageIdSource after(3, last);
  EXPECT_GT(after.next(1'800'000'000'000), last);
}

TEST(MessageIdSourceTest, NodesDoNotCollideAndTimeCanBeRead) {
  MessageIdSource one(1);
  MessageIdSource two(2);
  const MessageId a = one.next(1'800'000'000'123);
  EXPECT_NE(a, two.next(1'800'000'000'123));
  EXPECT_EQ(wall_ms_of(a), 1'800'000'000'123);
}

}  // namespace
}  // namespace tocsin
