// Speaker: one end of a peer's protocol, without the connection.
//
// Bytes go in, bytes to send and events come out; TLS and sockets are the caller's business. So the
// same client loop drives every server of the comparison, and the unit tests cut and garble what a
// server may say. A speaker keeps no input: what it has not used, the caller offers again with more
// behind it.
//
// Thread: one owner.  Bound: input_bytes_max unused bytes; a server that declares more is refused.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

namespace tocsin::bench::compare {

// The longest message, line or head a speaker waits for the end of.
inline constexpr size_t input_bytes_max = 16 * 1024;

// What came of one feed(). Cleared by the caller.
struct Events {
  bool start_tls = false;          // the greeting is over: shake hands now, then start()
  bool ready = false;              // subscribed, or ready to publish
  std::vector<ByteView> messages;  // payloads, views into the input

  void clear() {
    start_tls = false;
    ready = false;
    messages.clear();
  }
};

// How much of the input was used, and what was wrong with it.
struct Fed {
  size_t used = 0;
  std::string error;  // empty: all is well
};

class Speaker {
 public:
  virtual ~Speaker() = default;

  // True when the server speaks first, unencrypted: feed() that until Events::start_tls.
  virtual bool is_greeted_in_clear() const { return false; }

  // Append what a client says first.
  virtual void start(Bytes& out) = 0;

  // Take what it can from the front of `in`; append answers to `out` and what happened to `events`.
  // After an error the connection is of no use.
  virtual Fed feed(ByteView in, Bytes& out, Events& events) {
    Fed fed;
    while (fed.error.empty() && fed.used < in.size() && !events.start_tls) {
      Fed one = feed_one(in.subspan(fed.used), out, events);
      fed.error = std::move(one.error);
      if (one.used == 0) break;
      fed.used += one.used;
    }
    return fed;
  }

  // Append one message for all subscribers. Requires a publisher that was ready.
  virtual void publish(ByteView /*payload*/, Bytes& /*out*/) { TOCSIN_CHECK(false); }

 protected:
  // The same of one packet, line or frame at the front of `in`, which is not empty; nothing is used
  // while it is not complete.
  virtual Fed feed_one(ByteView in, Bytes& out, Events& events) = 0;
};

}  // namespace tocsin::bench::compare
