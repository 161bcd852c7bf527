#include "wire/frame.h"

#include "base/check.h"
#include "base/varint.h"

namespace tocsin::wire {
namespace {

constexpr size_t length_bytes_max = limits::frame_head_bytes_max - 1;
static_assert(limits::device_frame_bytes_max < (1u << (7 * length_bytes_max)));
static_assert(limits::server_frame_bytes_max < (1u << (7 * length_bytes_max)));

}  // namespace

bool is_known(FrameType type) {
  switch (type) {
    case FrameType::reg:
    case FrameType::hello:
    case FrameType::ack:
    case FrameType::opened:
    case FrameType::update:
    case FrameType::conditions:
    case FrameType::registered:
    case FrameType::welcome:
    case FrameType::push:
    case FrameType::updated:
    case FrameType::go_away:
    case FrameType::error:
    case FrameType::ping:
    case FrameType::pong:
      return true;
  }
  return false;
}

Code read_frame(ByteView in, size_t body_bytes_max, FrameView& frame, size_t& used) {
  if (in.empty()) return Code::incomplete;
  frame.type = static_cast<FrameType>(in[0]);
  if (!is_known(frame.type)) return Code::malformed;
  if (!has_body(frame.type)) {
    frame.body = {};
    used = 1;
    return Code::ok;
  }
  uint64_t length = 0;
  size_t length_bytes = 0;
  switch (read_varint(in.subspan(1), length_bytes_max, length, length_bytes)) {
    case VarintResult::incomplete:
      return Code::incomplete;
    case VarintResult::too_long:
      return Code::too_large;
    case VarintResult::ok:
      break;
  }
  if (length_bytes > 1 && in[length_bytes] == 0) return Code::malformed;  // padded length
  if (length > body_bytes_max) return Code::too_large;
  if (in.size() < 1 + length_bytes + length) return Code::incomplete;
  frame.body = in.subspan(1 + length_bytes, length);
  used = 1 + length_bytes + length;
  return Code::ok;
}

size_t write_frame_head(FrameType type, size_t body_bytes, FrameHead& head) {
  TOCSIN_CHECK(has_body(type));
  TOCSIN_CHECK(body_bytes < (1u << (7 * length_bytes_max)));
  size_t used = 0;
  head[used++] = static_cast<uint8_t>(type);
  for (; body_bytes >= 0x80; body_bytes >>= 7)
    head[used++] = static_cast<uint8_t>(body_bytes | 0x80);
  head[used++] = static_cast<uint8_t>(body_bytes);
  return used;
}

}  // namespace tocsin::wire
