#include "wire/codec.h"
#include "wire/codec_sink.h"

namespace tocsin::wire {
namespace {

struct Lent {
  MutableBytes out;
  size_t used = 0;
};

uint8_t* lend(void* to, size_t bytes) {
  Lent& lent = *static_cast<Lent*>(to);
  if (bytes > lent.out.size()) return nullptr;
  lent.used = bytes;
  return lent.out.data();
}

template <typename Message>
Code write(const Message& message, MutableBytes out, size_t& used) {
  Lent lent{out};
  const Code code = encode(message, CodecSink{lend, &lent});
  used = lent.used;
  return code;
}

}  // namespace

Code write_message(const Register& message, MutableBytes out, size_t& used) {
  return write(message, out, used);
}
Code write_message(const Hello& message, MutableBytes out, size_t& used) {
  return write(message, out, used);
}
Code write_message(const Ack& message, MutableBytes out, size_t& used) {
  return write(message, out, used);
}
Code write_message(const Opened& message, MutableBytes out, size_t& used) {
  return write(message, out, used);
}
Code write_message(const Conditions& message, MutableBytes out, size_t& used) {
  return write(message, out, used);
}
Code write_message(const Update& message, MutableBytes out, size_t& used) {
  return write(message, out, used);
}

}  // namespace tocsin::wire
