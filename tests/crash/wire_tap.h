// WireTap: reads along what a server sends to one device, below the library that drops repeats.
//
// Thread: one owner.
// Bound: one frame of a server.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "base/ids.h"

namespace tocsin::crash {

// The op number in a message's data "op"; 0 when there is none.
uint64_t op_of(std::string_view text);

class WireTap {
 public:
  using OnPush = std::function<void(uint64_t op, MessageId id)>;
  explicit WireTap(OnPush on_push) : on_push_(std::move(on_push)) {}

  // A new connection.
  void clear() { unread_.clear(); }
  // The next bytes that came. False when they are not this protocol.
  bool feed(ByteView bytes);

 private:
  const OnPush on_push_;
  Bytes unread_;
};

}  // namespace tocsin::crash
