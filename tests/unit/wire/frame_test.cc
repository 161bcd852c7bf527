#include "wire/frame.h"

#include <gtest/gtest.h>

namespace tocsin::wire {
namespace {

struct Read {
  Code code;
  FrameView frame;
  size_t used = 0;
};

Read read(const Bytes& in, size_t body_bytes_max = limits::server_frame_bytes_max) {
  Read result{};
  result.code = read_frame(in, body_bytes_max, result.frame, result.used);
  return result;
}

TEST(FrameTest, HeartbeatIsOneByte) {
  Bytes out;
  append_frame(FrameType::ping, out);
  EXPECT_EQ(out, Bytes{0x80});
  const Read got = read(out);
  EXPECT_EQ(got.code, Code::ok);
  EXPECT_EQ(got.frame.type, FrameType::ping);
  EXPECT_EQ(got.used, 1u);
  EXPECT_TRUE(got.frame.body.empty());
}

TEST(FrameTest, RoundTripsAtEveryLengthOfTheLengthField) {
  for (const size_t body_bytes : {0u, 1u, 127u, 128u, 8192u}) {
    const Bytes body(body_bytes, 0xab);
    Bytes out;
    append_frame(FrameType::push, body, out);
    out.push_back(0x80);  // the next frame must not be touched
    const Read got = read(out);
    ASSERT_EQ(got.code, Code::ok) << body_bytes;
    EXPECT_EQ(got.frame.type, FrameType::push);
    EXPECT_EQ(Bytes(got.frame.body.begin(), got.frame.body.end()), body);
    EXPECT_EQ(got.used, out.size() - 1);
    EXPECT_LE(got.used, body_bytes + limits::frame_head_bytes_max);
  }
}

TEST(FrameTest, EveryProperPrefixIsIncomplete) {
  Bytes out;
  append_frame(FrameType::push, Bytes(200, 1), out);
  for (size_t n = 0; n < out.size(); ++n) {
    EXPECT_EQ(read(Bytes(out.begin(), out.begin() + n)).code, Code::incomplete) << n;
  }
}

TEST(FrameTest, RefusesUnknownTypesAtTheFirstByte) {
  for (int type = 0; type < 256; ++type) {
    const Code code = read({static_cast<uint8_t>(type)}).code;
    if (is_known(static_cast<FrameType>(type))) {
      EXPECT_NE(code, Code::malformed) << type;
    } else {
      EXPECT_EQ(code, Code::malformed) << type;
    }
  }
}

TEST(FrameTest, RefusesABodyOverTheLimitBeforeItArrives) {
  EXPECT_EQ(read({0x43, 0x80, 0x40}).code, Code::incomplete);  // 8192: allowed, not here yet
  EXPECT_EQ(read({0x43, 0x81, 0x40}).code, Code::too_large);   // 8193
  EXPECT_EQ(read({0x43, 0x05}, 4).code, Code::too_large);
  EXPECT_EQ(read({0x43, 0xff, 0xff, 0xff}).code, Code::too_large);  // length never ends
}

TEST(FrameTest, RefusesAPaddedLength) {
  EXPECT_EQ(read({0x43, 0x80, 0x00}).code, Code::malformed);
  EXPECT_EQ(read({0x43, 0x81, 0x80, 0x00, 0xff}).code, Code::malformed);
}

}  // namespace
}  // namespace tocsin::wire
