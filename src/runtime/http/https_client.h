// HttpsClient: a blocking client of our own API over TLS, for the command line and the load drill.
//
// One connection, kept and used again. The server must prove its name with a certificate of the
// given authority; there is no way to turn that off.
//
//   no connection --call()--> connected --call()--> connected
//         ^--------- error, or the server closes ------/
//
// Thread: one owner; calls block it.
// Bound: timeout_ms a call, http_answer_bytes_max an answer that is kept whole.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "base/limits.h"
#include "runtime/http/http_transfer.h"
#include "runtime/http/http_url.h"

namespace tocsin::runtime {

struct HttpsClientOptions {
  std::string server = {};      // "https://host[:port]", port 443 by default
  std::string ca_pem = {};      // authorities to trust; empty: those of the system
  std::string connect_to = {};  // "address:port" to connect to instead of server's; empty: server's
  uint32_t timeout_ms = limits::http_answer_ms_default;
  // Go by the proxy of https_proxy, all_proxy and no_proxy, unless the server is this machine.
  bool takes_proxy = false;
  bool http2 = true;  // where the server speaks it; else HTTP/1.1
};

struct HttpsRequest {
  std::string method = "GET";
  std::string target = "/";       // path and query, percent-encoded
  std::string bearer_token = {};  // empty: no Authorization
  std::string body = {};
  std::string content_type = "application/json";  // sent with a body
};

struct HttpsAnswer {
  int status = 0;
  std::string body = {};
  HttpFields headers = {};  // names in lower case
  // The value of the first header of this lower-case name, or "".
  std::string header(const std::string& name) const;
};

class HttpsClient {
 public:
  // INVALID_ARGUMENT for a server that is not https://host[:port], or PEM that does not parse.
  static absl::StatusOr<std::unique_ptr<HttpsClient>> create(HttpsClientOptions options);
  ~HttpsClient();

  // Any HTTP status is an answer. UNAVAILABLE: no connection, or it broke; DEADLINE_EXCEEDED: no
  // answer in time (the server may have acted); FAILED_PRECONDITION: the server could not prove who
  // it is; INTERNAL: what came back is not HTTP, or too much. A kept connection that the server has
  // closed in the meantime is replaced once for GET; for other methods the break is reported,
  // because the server may have acted.
  absl::StatusOr<HttpsAnswer> call(const HttpsRequest& request);

  // The same for an answer that goes on: the body of a good one (2xx) goes to `on_piece` as it
  // comes and is empty in what is returned at its end. When `on_piece` returns false that is
  // enough, and the connection is closed. Waits event_silence_ms_max for each piece.
  using OnPiece = std::function<bool(std::string_view piece)>;
  absl::StatusOr<HttpsAnswer> stream(const HttpsRequest& request, const OnPiece& on_piece);

  // The same for a body that is too large for memory: `next` gives its pieces, an empty one at its
  // end, or an error, which cuts the connection and is returned; `request.body` does not count.
  // Waits timeout_ms for each piece to leave. A server that has seen enough may answer before the
  // end: that answer is read while the body is written, and is returned.
  using NextPiece = std::function<absl::StatusOr<std::string>()>;
  absl::StatusOr<HttpsAnswer> upload(const HttpsRequest& request, const NextPiece& next);

 private:
  class Exchange;
  explicit HttpsClient(HttpsClientOptions options, HttpUrl server);
  absl::StatusOr<HttpsAnswer> run(Exchange& exchange);

  HttpsClientOptions options_;
  HttpUrl server_;
  CurlMulti multi_;
};

}  // namespace tocsin::runtime
