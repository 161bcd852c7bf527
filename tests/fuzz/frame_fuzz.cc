// Frames and their bodies from arbitrary bytes, as either end could send them.
//
// Whatever decodes must encode again, to bytes that decode to the same: encode(decode(x)) is a
// fixed point. And no view may lead out of the frame (the sanitizers watch that: every text is
// read).
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "wire/codec.h"
#include "wire/frame.h"

namespace tocsin::wire {
namespace {

template <typename Message>
void check_fixed_point(ByteView body) {
  Message message;
  if (decode(body, message) != Code::ok) return;
  Bytes once;
  TOCSIN_CHECK(append_message(message, once) == Code::ok);
  FrameView frame;
  size_t used = 0;
  TOCSIN_CHECK(read_frame(once, limits::server_frame_bytes_max, frame, used) == Code::ok);
  TOCSIN_CHECK(used == once.size());
  Message again;
  TOCSIN_CHECK(decode(frame.body, again) == Code::ok);
  Bytes twice;
  TOCSIN_CHECK(append_message(again, twice) == Code::ok);
  TOCSIN_CHECK(once == twice);
}

void check_body(const FrameView& frame) {
  switch (frame.type) {
    case FrameType::reg:
      return check_fixed_point<Register>(frame.body);
    case FrameType::hello:
      return check_fixed_point<Hello>(frame.body);
    case FrameType::ack:
      return check_fixed_point<Ack>(frame.body);
    case FrameType::opened:
      return check_fixed_point<Opened>(frame.body);
    case FrameType::conditions:
      return check_fixed_point<Conditions>(frame.body);
    case FrameType::update:
      return check_fixed_point<Update>(frame.body);
    case FrameType::registered:
      return check_fixed_point<Registered>(frame.body);
    case FrameType::welcome:
      return check_fixed_point<Welcome>(frame.body);
    case FrameType::push:
      return check_fixed_point<Push>(frame.body);
    case FrameType::updated:
      return check_fixed_point<Updated>(frame.body);
    case FrameType::go_away:
      return check_fixed_point<GoAway>(frame.body);
    case FrameType::error:
      return check_fixed_point<Error>(frame.body);
    case FrameType::ping:
    case FrameType::pong:
      TOCSIN_CHECK(frame.body.empty());
  }
}

void run(ByteView stream) {
  FrameView frame;
  size_t used = 0;
  while (read_frame(stream, limits::server_frame_bytes_max, frame, used) == Code::ok) {
    TOCSIN_CHECK(used > 0 && used <= stream.size());
    TOCSIN_CHECK(frame.body.size() <= limits::server_frame_bytes_max);
    check_body(frame);
    stream = stream.subspan(used);
  }
}

}  // namespace
}  // namespace tocsin::wire

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tocsin::wire::run({data, size});
  return 0;
}
