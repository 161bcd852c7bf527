// HttpSession: one connection of an HttpServer.
//
//   handshake -> idle -> reading -> handling -> writing -> idle ...
//                  \        \ \--- bad, slow, too large ---> writing (last)
//                   \        \---> streaming (a body in pieces) -> handling
//                   \--- idle too long, stop ---------------> lingering -> closed
//
// A handler's answer that goes on takes the way handling -> flowing -> writing (last).
//
// Thread: the server's shard, except where said.
// Bound: HttpLimits; http_head_bytes_max + http_body_bytes_max of memory for a request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/http/http_server.h"

namespace tocsin::runtime {

// The server as its sessions see it.
struct HttpSessionHost {
  HttpServer::Handler handler;
  HttpServer::StreamHandler stream_handler;  // may be empty
  HttpServer::ErrorShape error_shape;
  HttpLimits limits;
  bool stopping = false;                        // answers are the last of their connection
  std::function<void(uint64_t number)> closed;  // called once per session, as its last act
};

class HttpSession {
 public:
  // Take over the accepted socket `fd`, an IPv6 one if `is_v6`. `io_context` and `tls_context` are
  // boost::asio::io_context* and boost::asio::ssl::context*. A session that is `surplus` answers
  // its first request with 503.
  static std::shared_ptr<HttpSession> create(std::shared_ptr<const HttpSessionHost> host,
                                             void* io_context, void* tls_context, int fd,
                                             bool is_v6, uint64_t number, bool surplus);
  virtual ~HttpSession() = default;

  virtual void start() = 0;
  // The server stops: close now if no request is under way, else after its answer.
  virtual void finish() = 0;
  // Cut the connection.
  virtual void close() = 0;
};

}  // namespace tocsin::runtime
