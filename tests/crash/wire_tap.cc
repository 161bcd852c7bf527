#include "tests/crash/wire_tap.h"

#include <charconv>

#include "base/limits.h"
#include "wire/codec.h"
#include "wire/frame.h"

namespace tocsin::crash {

uint64_t op_of(std::string_view text) {
  uint64_t op = 0;
  std::from_chars(text.data(), text.data() + text.size(), op);
  return op;
}

bool WireTap::feed(ByteView bytes) {
  append(unread_, bytes);
  size_t at = 0;
  while (true) {
    wire::FrameView frame;
    size_t used = 0;
    const wire::Code code = wire::read_frame(ByteView(unread_).subspan(at),
                                             limits::server_frame_bytes_max, frame, used);
    if (code == wire::Code::incomplete) break;
    if (code != wire::Code::ok) return false;
    at += used;
    if (frame.type != wire::FrameType::push) continue;
    wire::Push push;
    if (wire::decode(frame.body, push) != wire::Code::ok) return false;
    uint64_t op = 0;
    for (size_t i = 0; i < push.data.size(); ++i) {
      if (push.data[i].key == "op") op = op_of(push.data[i].value);
    }
    on_push_(op, push.message);
  }
  unread_.erase(unread_.begin(), unread_.begin() + static_cast<ptrdiff_t>(at));
  return true;
}

}  // namespace tocsin::crash
