// Http1Request: the head of one request of HTTP/1.x, read from its text (RFC 9112 section 3).
//
// Boost.Beast reads the head; what it forgives and the standard does not is refused here.
//
// Thread: pure function.  Bound: the text is within http_head_bytes_max.
#pragma once

#include <string_view>
#include <variant>

#include "runtime/http1/http1_framing.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

struct Http1Request {
  HttpRequestHead head = {};
  Http1Framing framing = {};
  bool is_head = false;           // the method HEAD
  bool takes_chunks = false;      // HTTP/1.1
  bool keeps_connection = false;  // as far as the client is concerned
  bool expects_continue = false;  // it waits for 100 before it sends the body
};

// `text`: from the request line up to and with the empty line, its lines checked by Http1Lines.
std::variant<Http1Request, Http1Fault> read_http1_request(std::string_view text);

}  // namespace tocsin::runtime
