// HttpConnection: a client's socket and the session that speaks on it.
//
//   sniffing --first bytes--> open --session over--> lingering --> gone
//       (plain text only)       \------- connection lost ----------^
//
// The socket is watched once for both directions, edge-triggered, so that a turn costs no system
// call but those that move bytes. Nothing is read while output waits: whoever does not read cannot
// make the server work. After its last answer a connection is read from for a moment, so that a
// peer which is still sending gets the answer instead of a reset.
//
// Thread: one connection thread.  Bound: one piece of output, and what the session holds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/http_server/address_slot.h"
#include "runtime/http_server/byte_stream.h"
#include "runtime/http_server/http_session.h"

namespace tocsin::runtime {

enum class HttpProtocol : uint8_t {
  http1,
  http2,
  by_preface,  // whichever the first bytes are: plain text has no ALPN
};

class HttpConnection final : public HttpLink {
 public:
  // What its thread does for it.
  class Owner {
   public:
    virtual ~Owner() = default;
    // It wants a turn(). Never runs it at once.
    virtual void wants_turn(HttpConnection& connection) = 0;
    virtual void on_vouched(HttpConnection& connection) = 0;
    // Room for one read, used during a call only.
    virtual std::string& read_buffer() = 0;
  };

  // All but `stream` and `slot` outlive this.
  HttpConnection(Owner& owner, HttpHost& host, std::unique_ptr<ByteStream> stream,
                 HttpProtocol protocol, AddressSlot slot);

  int fd() const { return stream_->fd(); }

  // `events` as epoll reports them; a turn has to follow.
  void on_events(uint32_t events);
  // Go on as far as the socket lets, or until others should have their turn.
  void turn();
  // What the clock asks for; a turn is wanted then.
  void on_tick();
  // Answer what is under way and end.
  void finish();

  // To be destroyed, at the end of the thread's round.
  bool is_gone() const { return state_ == State::gone; }
  bool is_idle() const;
  bool is_vouched() const { return vouched_; }
  uint64_t last_active_ms() const { return last_active_ms_; }
  uint64_t opened_ms() const { return opened_ms_; }
  size_t unread_bytes() const;
  size_t half_received_bytes() const;

  bool in_turn_queue = false;  // the owner's

 private:
  enum class State : uint8_t { sniffing, open, lingering, gone };

  // HttpLink
  void on_progress() override { owner_.wants_turn(*this); }
  void on_vouched() override;

  void open(HttpProtocol protocol);
  void sniff();
  void turn_open();
  // False: output waits for the socket, or the connection is lost.
  bool flush();
  // Whether the session got something.
  bool read_some();
  ByteStream::Result read(size_t bytes_max);
  void begin_lingering();
  void discard();
  void leave() { state_ = State::gone; }

  Owner& owner_;
  HttpHost& host_;
  AddressSlot slot_;
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<HttpSession> session_;
  std::string out_;
  size_t sent_bytes_ = 0;  // of out_
  const uint64_t opened_ms_;
  uint64_t last_active_ms_;
  uint64_t state_since_ms_;
  uint64_t blocked_since_ms_ = 0;  // output; 0: it does not wait
  size_t discarded_bytes_ = 0;
  State state_ = State::open;
  bool readable_ = true;
  bool writable_ = true;
  bool peer_ended_ = false;  // as epoll says: there may be bytes before the end
  bool input_ended_ = false;
  bool vouched_ = false;
};

}  // namespace tocsin::runtime
