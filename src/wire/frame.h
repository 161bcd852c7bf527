// Frames: how the device protocol cuts a TLS byte stream into messages.
//
//     connection  :=  preface frame*            (the preface from the device only)
//     preface     :=  0x54 0x01                 'T', protocol version 1
//     frame       :=  type                      one byte >= 0x80: Ping, Pong; no body
//                  |  type length body          type < 0x80, length a varint of at most 3 bytes
//
// A Ping is one byte, so a heartbeat is a 23-byte TLS record: the smallest possible. The byte-level
// description for implementers is docs/protocol.md.
//
// Thread: pure functions.
// Bound: device_frame_bytes_max / server_frame_bytes_max of the body.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/code.h"

namespace tocsin::wire {

inline constexpr std::array<uint8_t, 2> preface = {0x54, 0x01};
inline constexpr char alpn[] = "tocsin/1";

enum class FrameType : uint8_t {
  // from the device
  reg = 0x01,
  hello = 0x02,
  ack = 0x03,
  opened = 0x04,
  update = 0x05,
  conditions = 0x06,
  // from the server
  registered = 0x41,
  welcome = 0x42,
  push = 0x43,
  updated = 0x44,
  go_away = 0x45,
  error = 0x46,
  // both ways, no body
  ping = 0x80,
  pong = 0x81,
};

// A frame in somebody else's buffer: `body` dies with that buffer.
struct FrameView {
  FrameType type = FrameType::ping;
  ByteView body;
};

// Whether `type` is one this protocol version knows.
bool is_known(FrameType type);
inline bool has_body(FrameType type) { return static_cast<uint8_t>(type) < 0x80; }

// Read one frame from the front of `in`. ok: `frame` and `used` are set. incomplete: wait for more
// bytes (at most frame_head_bytes_max + body_bytes_max are ever needed). too_large: the length is
// over `body_bytes_max`. malformed: an unknown type, or a length that is not a minimal varint.
Code read_frame(ByteView in, size_t body_bytes_max, FrameView& frame, size_t& used);

// Type byte and length of a frame whose body is encoded in place. Returns how many bytes of `head`
// are used. Requires has_body(type) and a body within the limit.
using FrameHead = std::array<uint8_t, limits::frame_head_bytes_max>;
size_t write_frame_head(FrameType type, size_t body_bytes, FrameHead& head);

// Append a frame with `body`. Requires has_body(type) and a body within the limit.
void append_frame(FrameType type, ByteView body, Bytes& out);
// Append a frame without a body. Requires !has_body(type).
void append_frame(FrameType type, Bytes& out);

}  // namespace tocsin::wire
