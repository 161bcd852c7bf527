// HttpSession: the protocol of one connection, without the connection: plain bytes go in, plain
// bytes come out.
//
//   receive() --> handler ... answers --> HttpLink::on_output() --> produce() --> socket
//
// It does no I/O and starts no timer: it names its deadline, and is told when that has passed.
//
// Thread: the connection's.  Bound: see the sessions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "runtime/http_server/flood_guard.h"
#include "runtime/http_server/http_budget.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

struct HttpLimits {
  size_t connections_max = limits::http_connections_max;
  uint32_t request_ms_max = limits::http_request_ms_max;
  uint32_t keep_alive_ms = limits::http_keep_alive_ms_default;
  uint32_t stalled_ms_max = limits::http_stalled_ms_max;
  size_t unread_bytes_max = limits::http_unread_bytes_max;
  size_t half_received_bytes_max = limits::http_half_received_bytes_max;
};

// The connection thread as its sessions see it.
struct HttpHost {
  HttpHost(HttpHandler& handler, const HttpLimits& limits, Mailbox thread)
      : handler(handler),
        limits(limits),
        thread(std::move(thread)),
        unread(limits.unread_bytes_max),
        half_received(limits.half_received_bytes_max) {}

  HttpHandler& handler;
  const HttpLimits limits;
  const Mailbox thread;
  HttpBudget unread;         // answers that their readers have not taken
  HttpBudget half_received;  // requests that are not complete
  bool stopping = false;     // answers are the last of their connection
  uint64_t now_ms = 0;       // monotonic, of the turn
  std::string date = {};     // as the Date field has it
};

// The connection as its session sees it.
class HttpLink {
 public:
  virtual ~HttpLink() = default;
  // There is something to produce(), to receive(), or is_over() has become true. Never calls back
  // at once.
  virtual void on_progress() = 0;
  // A request has shown a valid key.
  virtual void on_vouched() = 0;
};

class HttpSession {
 public:
  static constexpr uint64_t no_deadline = UINT64_MAX;

  virtual ~HttpSession() = default;

  // Go on with `bytes`; empty: with what is left from before.
  virtual void receive(std::string_view bytes) = 0;
  // Whether more bytes are welcome.
  virtual bool wants_input() const = 0;
  // The peer will send nothing more.
  virtual void on_input_end() = 0;
  // Append what is to be sent, about `bytes_wanted`; called when all that was produced before has
  // left.
  virtual void produce(std::string& out, size_t bytes_wanted) = 0;
  // The connection ends when what was produced has left.
  virtual bool is_over() const = 0;
  // No request is under way.
  virtual bool is_idle() const = 0;
  // Answer what is under way and be over: the server stops.
  virtual void finish() = 0;

  // When on_deadline() is to be called, in monotonic ms.
  virtual uint64_t deadline_ms() const = 0;
  virtual void on_deadline() = 0;

  // Bytes of answers that wait for their reader, and of requests that are not complete.
  virtual size_t unread_bytes() const = 0;
  virtual size_t half_received_bytes() const = 0;
};

// RFC 9112; http1_session.cc. Both outlive the session, which is destroyed on their thread, not from
// within one of its own calls.
std::unique_ptr<HttpSession> make_http1_session(HttpHost& host, HttpLink& link);
// RFC 9113; http2_session.cc. The preface has not been read yet.
std::unique_ptr<HttpSession> make_http2_session(HttpHost& host, HttpLink& link);

}  // namespace tocsin::runtime
