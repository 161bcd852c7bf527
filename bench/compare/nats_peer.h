// NatsPeer: a client of core NATS (docs.nats.io, "Client protocol").
//
//   INFO (in clear) -> TLS -> CONNECT, SUB, PING --PONG--> ready --MSG--> message
//                               \--publisher: without SUB          \--publish()--> PUB
//
// Thread: one owner.  Bound: input_bytes_max for one line and one payload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "compare/speaker.h"

namespace tocsin::bench::compare {

class NatsPeer final : public Speaker {
 public:
  struct Options {
    std::string subject;
    bool is_publisher = false;
  };

  explicit NatsPeer(const Options& options) : options_(options) {}

  bool is_greeted_in_clear() const override { return true; }
  void start(Bytes& out) override;
  void publish(ByteView payload, Bytes& out) override;

 private:
  enum class State : uint8_t { greeted, connecting, ready };

  Fed feed_one(ByteView in, Bytes& out, Events& events) override;
  // Of the payload that follows a MSG line.
  struct Payload {
    size_t bytes = 0;
    std::string error;
  };
  std::string on_line(std::string_view line, Bytes& out, Events& events);
  static Payload payload_of(std::string_view line);

  Options options_;
  State state_ = State::greeted;
};

}  // namespace tocsin::bench::compare
