#include "wire/codec.h"
#include "wire/codec_sink.h"

namespace tocsin::wire {
namespace {

uint8_t* grow(void* to, size_t bytes) {
  Bytes& out = *static_cast<Bytes*>(to);
  const size_t before = out.size();
  out.resize(before + bytes);
  return out.data() + before;
}

template <typename Message>
Code append_encoded(const Message& message, Bytes& out) {
  return encode(message, CodecSink{grow, &out});
}

}  // namespace

Code append_message(const Register& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Registered& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Hello& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Welcome& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Push& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Ack& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Opened& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Conditions& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Update& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Updated& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const GoAway& message, Bytes& out) { return append_encoded(message, out); }
Code append_message(const Error& message, Bytes& out) { return append_encoded(message, out); }

}  // namespace tocsin::wire
