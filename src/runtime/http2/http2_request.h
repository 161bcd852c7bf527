// Http2Request: the head of one request of HTTP/2, gathered field by field (RFC 9113 section 8.3).
//
// nghttp2 has checked each field and the set of pseudo-header fields; what is left is to count what
// they take, and to say what they mean.
//
// Thread: value.  Bound: http_head_bytes_max; beyond, nothing more is kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

class Http2Request {
 public:
  void add(std::string_view name, std::string_view value);

  // Why it cannot be served.
  struct Refusal {
    int status = 0;  // 0: it can
    const char* message = "";
  };
  // All fields have arrived. Makes `head()`.
  Refusal complete(bool has_body);

  // The method is HEAD: `head()` says GET, and the answer has no body.
  bool is_head() const { return is_head_; }
  HttpRequestHead take_head() { return std::move(head_); }

 private:
  HttpRequestHead head_ = {};
  std::string target_ = {};
  std::string authority_ = {};
  size_t list_bytes_ = 0;  // RFC 9113 section 6.5.2
  bool is_too_large_ = false;
  bool is_head_ = false;
};

}  // namespace tocsin::runtime
