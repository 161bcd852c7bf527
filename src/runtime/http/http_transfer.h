// HttpTransfer: one request and its answer through libcurl, whoever drives it: HttpPoster on a
// shard, HttpsClient where it may block.
//
// What no request of ours goes without is set here. TLS 1.2 or newer, and a certificate of the
// server's name that a trusted authority has signed; HTTP/2 where the server offers it; no redirect,
// no .netrc, and no proxy but one that is asked for. Interim answers (1xx) are skipped.
//
//   made --start()--> under way --next_over()--> over
//                         \--destroyed: cut off
//
// Thread: that of the multi handle it is started in; the virtual functions are called there.
// Bound: http_head_bytes_max an answer's head. Its body is the owner's, and so is the time unless
// timeout_ms is set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/status/status.h>

#include "runtime/http/http_url.h"

struct curl_slist;

namespace tocsin::runtime {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

// The value of the first of this name, or "".
std::string header_of(const HttpFields& headers, std::string_view name);

// The head of the final answer; complete once its last line was read.
struct HttpHead {
  int status = 0;
  HttpFields headers = {};  // names in lower case
  bool is_complete = false;
};

// Owners of libcurl's handles, which are void* here so that its header is included nowhere else.
struct CurlFree {
  void operator()(curl_slist* list) const;
};
struct CurlEasyFree {
  void operator()(void* easy) const;
};
struct CurlMultiFree {
  void operator()(void* multi) const;
};
// A CURLM: transfers under way, and the connections between them.
using CurlMulti = std::unique_ptr<void, CurlMultiFree>;

// Keeps at most that many idle connections. From any thread; the first call sets libcurl up.
CurlMulti make_curl_multi(size_t idle_connections_max);

class HttpTransfer {
 public:
  struct Order {
    HttpUrl url;
    std::string method = "GET";
    HttpFields headers = {};
    std::string body = {};
    bool is_upload = false;                // the body comes from read_body() instead
    std::string connect_to = {};           // "host:port" to connect to; empty: the URL's
    bool http2 = true;                     // where the server speaks it
    std::optional<std::string> proxy{""};  // "": none; nullopt: what the environment says
    uint32_t timeout_ms = 0;               // of all of it; 0: none
  };

  // `ca_pem`: the authorities to trust, which must outlive it; empty: those of the system.
  HttpTransfer(Order order, const std::string& ca_pem);
  virtual ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Requires make_curl_multi()'s `multi`, which must outlive it. Once.
  void start(void* multi);

  const Order& order() const { return order_; }
  const HttpHead& head() const { return head_; }
  // Why it ended with this code, of a server called `name`. UNAVAILABLE: no connection, or it broke;
  // FAILED_PRECONDITION: the server could not prove who it is; INTERNAL: what came is not HTTP.
  absl::Status failure(int curl_code, const std::string& name) const;

 protected:
  // The head is complete.
  virtual void on_head() {}
  // More of the body. False: enough, cut it off.
  virtual bool on_body(std::string_view piece) = 0;
  // The next bytes of an upload into `to`; 0 at its end; nullopt: cut it off.
  virtual std::optional<size_t> read_body(char* to, size_t room);
  // The host is at this address, as numbers: may it be connected to?
  virtual bool may_connect(const std::string&) { return true; }
  // Connected: may the request leave? Asked again when a kept connection turned out to be closed
  // and the request is to be repeated on a new one.
  virtual bool may_send() { return true; }

 private:
  struct Calls;  // libcurl's callbacks

  bool on_head_line(std::string_view line);
  void order_body();
  std::string reason_of(int curl_code) const;

  Order order_;
  std::unique_ptr<void, CurlEasyFree> easy_;
  std::unique_ptr<curl_slist, CurlFree> headers_;
  std::unique_ptr<curl_slist, CurlFree> connect_to_;
  void* multi_ = nullptr;
  HttpHead head_;
  size_t head_bytes_ = 0;
  bool was_connected_ = false;  // some of the request may have left
  std::string error_;           // libcurl writes its text here
};

// A transfer that is over, and how (a CURLcode).
struct HttpTransferOver {
  HttpTransfer* transfer;
  int curl_code;
};
// The next one of `multi`, told once.
std::optional<HttpTransferOver> next_over(void* multi);

}  // namespace tocsin::runtime
