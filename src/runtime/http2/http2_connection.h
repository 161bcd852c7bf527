// Http2Connection: what the streams of one HTTP/2 connection share: who asks, what is left of the
// sender's tokens, and how much they hold together.
//
// Thread: the connection's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/http2/http2_tolls.h"
#include "runtime/http2/http2_wire.h"
#include "runtime/http_server/http_session.h"

namespace tocsin::runtime {

class Http2Connection {
 public:
  Http2Connection(HttpHost& host, HttpLink& link, Http2Events& events)
      : host(host), link(link), wire(events) {}

  HttpHost& host;
  HttpLink& link;
  Http2Wire wire;
  size_t unread_bytes = 0;
  size_t half_received_bytes = 0;
  // A request has shown a valid key.
  bool is_vouched = false;
  // When DATA of any answer was sent last.
  uint64_t answers_moved_ms = 0;

  // Out of tokens the connection ends with ENHANCE_YOUR_CALM.
  void spend(uint32_t tokens) {
    if (!is_ending_ && !guard_.take(tokens, host.now_ms)) end(Http2Error::enhance_your_calm);
  }
  // Tokens for an answer to a request without a valid key. False: there are none left, and the
  // connection, which has shown a key before, goes on: a proxy may bring strangers and others on it.
  bool spend_on_stranger() {
    if (!is_vouched) {
      spend(http2_prices::stranger);
      return true;
    }
    return guard_.take(http2_prices::stranger_among_others, host.now_ms);
  }
  // GOAWAY, and nothing after it.
  void end(Http2Error error) {
    if (is_ending_) return;
    is_ending_ = true;
    wire.submit_end(error);
    link.on_progress();
  }
  bool is_ending() const { return is_ending_; }

  // What one stream holds: counted for the connection and in a budget of its thread.
  class Held {
   public:
    Held(HttpBudget& budget, size_t& connection_bytes)
        : share_(budget), connection_bytes_(connection_bytes) {}
    ~Held() { set(0); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    void set(size_t bytes) {
      connection_bytes_ += bytes - share_.bytes();
      share_.set(bytes);
    }

   private:
    HttpBudget::Share share_;
    size_t& connection_bytes_;
  };

 private:
  FloodGuard guard_;
  bool is_ending_ = false;
};

}  // namespace tocsin::runtime
