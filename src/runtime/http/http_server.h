// HttpServer: HTTP/1.1 over TLS for the API; Boost.Beast behind a plain request/response door.
//
// Keep-alive and pipelining; one request at a time per connection is handed to the handler, answers
// go out in order. What fails below the handler is answered in the API's error shape, and the
// connection is closed: bad HTTP 400, too slow 408, body too large 413, head too large 431, too
// many connections 503. HEAD is handed on as GET; the answer's body is left out. An answer may go
// on as long as its reader stays (HttpBodySource); it is the last of its connection.
//
// Thread: runs on the shard given, which must be running before serve() and outlive every Respond;
// the handler is called there, and its `Respond` may be called from any thread, once, now or later.
// Bound: HttpLimits, whose defaults are those of base/limits.h; http_stream_bytes_max for a body
// that comes in pieces; one piece of an answer that goes on, which is cut when its reader takes
// none of it in idle_ms_max.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "base/limits.h"
#include "runtime/shard.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::runtime {

struct HttpRequest {
  std::string method = {};  // "GET", "POST", ...
  std::string path = {};    // percent-decoded path of the target, without the query
  std::string query = {};   // after '?', not decoded
  std::string authorization = {};
  std::string content_type = {};
  std::string body = {};
};

// The body of an answer that is not known when it begins: its pieces as they come, for as long as
// somebody reads them. The next one is asked for when the last one has left, so a source decides
// what waits for a slow reader and what is left out. All on the server's shard. Dropped when the
// answer is complete or the reader has gone.
class HttpBodySource {
 public:
  virtual ~HttpBodySource() = default;
  // Hand the next piece to `take`, now or later, once; an empty one is the end. After the source is
  // dropped `take` does nothing.
  using Take = absl::AnyInvocable<void(std::string piece)>;
  virtual void next(Take take) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // besides the standard ones
  std::shared_ptr<HttpBodySource> source = nullptr;               // instead of `body`
};

struct HttpLimits {
  size_t connections_max = limits::http_connections_max;
  uint32_t request_ms_max = limits::http_request_ms_max;
  uint32_t idle_ms_max = limits::http_idle_ms_max;
};

// Takes the body of one request piece by piece, so that it may be larger than memory allows. All on
// the server's shard. Dropped without on_end() when the connection is lost; an answer given before
// the end is the connection's last.
class HttpBodySink {
 public:
  virtual ~HttpBodySink() = default;
  // At most http_piece_bytes_max. `more` must be run, on the shard, when the next piece is welcome.
  virtual void on_piece(std::string piece, Task more) = 0;
  virtual void on_end() = 0;
};

class HttpServer {
 public:
  using Respond = absl::AnyInvocable<void(HttpResponse)>;
  using Handler = std::function<void(HttpRequest, Respond)>;
  // Asked first, with the head alone: the sink of a request whose body comes in pieces, or nullptr
  // for one that goes to the handler whole; `respond` is left alone then.
  using StreamHandler =
      std::function<std::shared_ptr<HttpBodySink>(const HttpRequest& head, Respond& respond)>;
  // Makes the response for errors found below the handler (bad HTTP, too large): the API's shape.
  using ErrorShape = std::function<HttpResponse(int status, std::string message)>;

  HttpServer(Shard& shard, const TlsIdentity& identity, Handler handler, ErrorShape error_shape,
             HttpLimits limits = {}, StreamHandler stream_handler = nullptr);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Take `address` ("0.0.0.0:8443", "[::1]:0"; port 0 takes a free one), so that connections wait
  // in the kernel. Returns the port. Errors name the address and what to do: INVALID_ARGUMENT for
  // an address or identity that does not parse, UNAVAILABLE when the address cannot be had.
  absl::StatusOr<uint16_t> bind(const std::string& address);
  // Begin to accept what waits. Requires a bind() that worked.
  void serve();
  // Both at once.
  absl::StatusOr<uint16_t> listen(const std::string& address);
  // Stop accepting, close idle connections, wait until requests under way are answered and answers
  // that go on have been ended by their sources, at most http_stop_ms_max. Idempotent. From another
  // thread than the shard, which must still run.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
  bool stopped_ = false;
};

}  // namespace tocsin::runtime
