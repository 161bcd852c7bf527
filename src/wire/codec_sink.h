// Where encode() puts a frame. For use inside wire/ only; everyone else uses wire/codec.h.
//
// The growing and the lent buffer are two implementations of room(), each in its own file, so that
// a program that only lends buffers (the SDK) links no allocator.
//
// Thread: values.
#pragma once

#include "wire/code.h"
#include "wire/messages.h"

namespace tocsin::wire {

struct CodecSink {
  // Where to write exactly `bytes` bytes, or nullptr when there is no room.
  uint8_t* (*room)(void* to, size_t bytes);
  void* to;
};

// Write one whole frame. Code::too_large, with nothing written, when the body exceeds the frame
// limit of its sender or the sink has no room.
Code encode(const Register& message, const CodecSink& sink);
Code encode(const Registered& message, const CodecSink& sink);
Code encode(const Hello& message, const CodecSink& sink);
Code encode(const Welcome& message, const CodecSink& sink);
Code encode(const Push& message, const CodecSink& sink);
Code encode(const Ack& message, const CodecSink& sink);
Code encode(const Opened& message, const CodecSink& sink);
Code encode(const Conditions& message, const CodecSink& sink);
Code encode(const Update& message, const CodecSink& sink);
Code encode(const Updated& message, const CodecSink& sink);
Code encode(const GoAway& message, const CodecSink& sink);
Code encode(const Error& message, const CodecSink& sink);

}  // namespace tocsin::wire
