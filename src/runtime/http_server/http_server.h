// HttpServer: HTTP/1.1 and HTTP/2 over TLS, for the API; one port, the version by ALPN.
//
//   HttpAcceptor --socket--> HandshakeThreads --TLS stream--> HttpThread: HttpConnection: HttpSession
//   (first shard)            (own thread, niced)              (one per shard)
//
// What fails below the handler is answered in the API's error shape: bad HTTP 400, too slow 408,
// too large 413 or 431, too many connections 503. HEAD is handed on as GET; the answer's body is
// left out.
//
// Thread: each shard given has a handler of its own, which is called there. The shards must be
// running before serve() and outlive every HttpResponder.
// Bound: HttpLimits and HttpServerOptions, whose defaults are those of base/limits.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "base/limits.h"
#include "runtime/http_server/http_exchange.h"
#include "runtime/http_server/http_session.h"
#include "runtime/shard.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::runtime {

struct HttpServerOptions {
  TlsIdentity identity = {};
  HttpLimits limits = {};
  // Per client address (an IPv4 address or an IPv6 /64); 0: no limit.
  uint32_t address_connections_max = limits::http_address_connections_default;
  uint32_t address_handshakes_per_s = limits::http_address_handshakes_per_s_default;
};

class HttpServer {
 public:
  using Shards = std::vector<std::shared_ptr<Shard>>;
  using MakeHandler = std::function<std::unique_ptr<HttpHandler>(size_t shard)>;

  // INVALID_ARGUMENT when the identity does not parse.
  static absl::StatusOr<std::unique_ptr<HttpServer>> create(Shards shards,
                                                            HttpServerOptions options);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Take `address` ("0.0.0.0:8443", "[::1]:0"; port 0 takes a free one), so that connections wait
  // in the kernel. Returns the port. INVALID_ARGUMENT for an address that does not parse,
  // UNAVAILABLE when it cannot be had. Before serve().
  absl::StatusOr<uint16_t> bind(const std::string& address);
  // The same without TLS. INVALID_ARGUMENT unless it is an address of this machine alone
  // (127.0.0.0/8 or ::1).
  absl::StatusOr<uint16_t> bind_plain(const std::string& address);
  // Begin to accept what waits; `make_handler` is called for each shard, on the caller's thread.
  void serve(const MakeHandler& make_handler);
  // Stop accepting, end idle connections (HTTP/2: GOAWAY), and wait until requests under way are
  // answered and answers that go on have been ended by their sources, at most `ms_max`. Whether all
  // have ended.
  bool drain(uint32_t ms_max);
  // drain() for the rest of http_stop_ms_max, then close what is left. Idempotent.
  // Both from another thread than the shards, which must still run.
  void stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::runtime
