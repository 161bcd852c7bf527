// Encoding and decoding of frame bodies (protobuf encoding through nanopb).
//
// append_message() writes a whole frame: type, length, body. decode() reads the body of a frame
// that wire/frame.h cut out. Unknown fields are skipped, so that newer peers can talk to older.
//
// decode() returns
//   ok         the message is complete and every bounded field is within its limit
//   malformed  not protobuf, a field of the wrong length (an id, a key, a mac), invalid UTF-8, an
//              unknown priority, or a required field is missing: app, ids, keys and macs; at least
//              one message id in an Ack or Opened; no message id is 0
//   too_large  a list, a text or the content of a Push is over its limit in base/limits.h
//
// It does not judge what needs more than the message: whether a tag or an app name is well formed
// is the session's business. A GoAway reason or an Error code from a newer server reads as
// unspecified.
//
// Thread: pure functions.
// Bound: no heap in decode() and write_message(); append_message() grows `out` by at most
// server_frame_bytes_max + frame_head_bytes_max.
#pragma once

#include "base/bytes.h"
#include "wire/code.h"
#include "wire/messages.h"

namespace tocsin::wire {

// Code::too_large, with `out` unchanged, when the body would exceed the frame limit of its sender.
Code append_message(const Register& message, Bytes& out);
Code append_message(const Registered& message, Bytes& out);
Code append_message(const Hello& message, Bytes& out);
Code append_message(const Welcome& message, Bytes& out);
Code append_message(const Push& message, Bytes& out);
Code append_message(const Ack& message, Bytes& out);
Code append_message(const Opened& message, Bytes& out);
Code append_message(const Conditions& message, Bytes& out);
Code append_message(const Update& message, Bytes& out);
Code append_message(const Updated& message, Bytes& out);
Code append_message(const GoAway& message, Bytes& out);
Code append_message(const Error& message, Bytes& out);

// The same into a lent buffer, for a device without a heap: the whole frame is written to the front
// of `out`, and `used` is its length. Also too_large, with `out` unchanged, when `out` is too
// small.
Code write_message(const Register& message, MutableBytes out, size_t& used);
Code write_message(const Hello& message, MutableBytes out, size_t& used);
Code write_message(const Ack& message, MutableBytes out, size_t& used);
Code write_message(const Opened& message, MutableBytes out, size_t& used);
Code write_message(const Conditions& message, MutableBytes out, size_t& used);
Code write_message(const Update& message, MutableBytes out, size_t& used);

// Views in `message` point into `body`.
Code decode(ByteView body, Register& message);
Code decode(ByteView body, Registered& message);
Code decode(ByteView body, Hello& message);
Code decode(ByteView body, Welcome& message);
Code decode(ByteView body, Push& message);
Code decode(ByteView body, Ack& message);
Code decode(ByteView body, Opened& message);
Code decode(ByteView body, Conditions& message);
Code decode(ByteView body, Update& message);
Code decode(ByteView body, Updated& message);
Code decode(ByteView body, GoAway& message);
Code decode(ByteView body, Error& message);

}  // namespace tocsin::wire
