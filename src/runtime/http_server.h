// HttpServer: HTTP/1.1 over TLS for the API; Boost.Beast behind a plain request/response door.
//
// Keep-alive and pipelining; one request at a time per connection is handed to the handler, answers
// go out in order. Requests over the limits of base/limits.h are answered 413 / 431 in the API's
// error shape and the connection is closed.
//
// Thread: runs on the shard given; the handler is called there and its `Respond` may be called
// from any thread, once, now or later.
// Bound: http_connections_max, http_head_bytes_max, http_body_bytes_max, http_request_ms_max.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "runtime/handshake_pool.h"
#include "runtime/shard.h"

namespace tocsin::runtime {

struct HttpRequest {
  std::string method;  // "GET", "POST", ...
  std::string path;    // percent-decoded path of the target, without the query
  std::string query;   // behind '?', not decoded
  std::string authorization;
  std::string content_type;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides the standard ones
};

class HttpServer {
 public:
  using Respond = absl::AnyInvocable<void(HttpResponse)>;
  using Handler = std::function<void(HttpRequest, Respond)>;
  // Makes the response for errors found below the handler (bad HTTP, too large): the API's shape.
  using ErrorShape = std::function<HttpResponse(int status, std::string message)>;

  HttpServer(Shard& shard, const TlsIdentity& identity, Handler handler, ErrorShape error_shape);
  ~HttpServer();

  // Listen on `address` ("0.0.0.0:8443", "[::1]:0"); port 0 takes a free one. Returns the port.
  // Errors name the address and what to do.
  absl::StatusOr<uint16_t> listen(const std::string& address);
  // Stop accepting and close idle connections; requests under way are answered.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tocsin::runtime
