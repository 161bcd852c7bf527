// Separate from frame.cc, so that a program that appends to no growing buffer (the SDK) links no
// allocator.
#include "base/check.h"
#include "wire/frame.h"

namespace tocsin::wire {

void append_frame(FrameType type, ByteView body, Bytes& out) {
  FrameHead head;
  const size_t head_bytes = write_frame_head(type, body.size(), head);
  append(out, ByteView(head).first(head_bytes));
  append(out, body);
}

void append_frame(FrameType type, Bytes& out) {
  TOCSIN_CHECK(!has_body(type));
  out.push_back(static_cast<uint8_t>(type));
}

}  // namespace tocsin::wire
