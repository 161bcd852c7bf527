// WebsocketPeer: a subscriber over WebSocket (RFC 6455), for nchan; it publishes by
// HttpPublisher.
//
//   GET with Upgrade --101--> ready --text or binary frame--> message
//                                   --ping--> pong    --close--> error
//
// The handshake's key is the RFC's own example for every client: it guards against caches, which
// there are none of here, and it spares a hash per client.
//
// Thread: one owner.  Bound: input_bytes_max for the head and for one frame.
#pragma once

#include <cstdint>
#include <string>

#include "compare/speaker.h"

namespace tocsin::compare {

class WebsocketPeer final : public Speaker {
 public:
  explicit WebsocketPeer(std::string path) : path_(std::move(path)) {}

  void start(Bytes& out) override;
  Fed feed(ByteView in, Bytes& out, Events& events) override;

 private:
  Fed feed_head(ByteView in, Events& events);
  // One frame at the front of `in`; used 0 while it is not complete.
  Fed feed_frame(ByteView in, Bytes& out, Events& events);
  std::string on_frame(uint8_t opcode, ByteView payload, Bytes& out, Events& events);

  std::string path_;
  bool is_open_ = false;
};

}  // namespace tocsin::compare
