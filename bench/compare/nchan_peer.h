// The two ends of a broadcast over nchan, in nginx: HttpPublisher publishes by POST on one kept
// connection, WebsocketPeer subscribes over WebSocket (RFC 6455).
//
//   GET with Upgrade --101--> ready --text or binary frame--> message
//                                   --ping--> pong    --close--> error
//
// Thread: one owner.  Bound: input_bytes_max for a head, for an answer's body, and for one frame.
#pragma once

#include <string>

#include "compare/speaker.h"

namespace tocsin::bench::compare {

class HttpPublisher final : public Speaker {
 public:
  explicit HttpPublisher(std::string path) : path_(std::move(path)) {}

  // Nothing: HTTP begins with the first request. Its first feed(), of nothing, gives ready.
  void start(Bytes&) override {}
  Fed feed(ByteView in, Bytes& out, Events& events) override {
    events.ready = true;
    return Speaker::feed(in, out, events);
  }
  void publish(ByteView payload, Bytes& out) override;

 private:
  Fed feed_one(ByteView in, Bytes& out, Events& events) override;

  std::string path_;
  size_t unanswered_ = 0;
};

class WebsocketPeer final : public Speaker {
 public:
  explicit WebsocketPeer(std::string path) : path_(std::move(path)) {}

  void start(Bytes& out) override;

 private:
  Fed feed_one(ByteView in, Bytes& out, Events& events) override {
    return is_open_ ? feed_frame(in, out, events) : feed_head(in, events);
  }
  Fed feed_head(ByteView in, Events& events);
  Fed feed_frame(ByteView in, Bytes& out, Events& events);
  std::string on_frame(uint8_t opcode, ByteView payload, Bytes& out, Events& events);

  std::string path_;
  bool is_open_ = false;
};

}  // namespace tocsin::bench::compare
