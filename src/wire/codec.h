// Encoding and decoding of frame bodies (protobuf encoding through nanopb).
//
// append_message() writes a whole frame: type, length, body. decode() reads the body of a frame
// that wire/frame.h cut out. Unknown fields are skipped, so that newer peers can talk to older.
//
// decode() answers
//   ok         the message is complete and every bounded field is within its limit
//   malformed  not protobuf, a field of the wrong length (an id, a key, a mac), invalid UTF-8, or a
//              required field is missing
//   too_large  a list or a text is over its limit of base/limits.h
//
// Thread: pure functions.  Bound: no heap in decode(); append_message() grows `out` by at most
// server_frame_bytes_max + frame_head_bytes_max.
#pragma once

#include "base/bytes.h"
#include "wire/code.h"
#include "wire/messages.h"

namespace tocsin::wire {

// Code::too_large, with `out` unchanged, when the body would be over the frame limit of its sender.
Code append_message(const Register& message, Bytes& out);
Code append_message(const Registered& message, Bytes& out);
Code append_message(const Hello& message, Bytes& out);
Code append_message(const Welcome& message, Bytes& out);
Code append_message(const Push& message, Bytes& out);
Code append_message(const Ack& message, Bytes& out);
Code append_message(const Opened& message, Bytes& out);
Code append_message(const Update& message, Bytes& out);
Code append_message(const Updated& message, Bytes& out);
Code append_message(const GoAway& message, Bytes& out);
Code append_message(const Error& message, Bytes& out);

// Views in `message` point into `body`.
Code decode(ByteView body, Register& message);
Code decode(ByteView body, Registered& message);
Code decode(ByteView body, Hello& message);
Code decode(ByteView body, Welcome& message);
Code decode(ByteView body, Push& message);
Code decode(ByteView body, Ack& message);
Code decode(ByteView body, Opened& message);
Code decode(ByteView body, Update& message);
Code decode(ByteView body, Updated& message);
Code decode(ByteView body, GoAway& message);
Code decode(ByteView body, Error& message);

}  // namespace tocsin::wire
