// The head of an answer of HTTP/1.1 as it is sent (RFC 9112 section 4).
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

// How the end of an answer's body is known.
enum class Http1BodyEnd : uint8_t {
  none,        // there is no body, whatever the request: 204, 304
  length,      // Content-Length
  last_chunk,  // Transfer-Encoding: chunked
  close,       // the connection's end, for HTTP/1.0
};

struct Http1AnswerHead {
  Http1BodyEnd body_end = Http1BodyEnd::length;
  std::string_view date = {};
  bool is_kept = false;       // the connection, after the answer
  uint32_t keep_alive_s = 0;  // for so long, roughly
};

// How the body of `response` ends for a reader who knows chunks, or not.
Http1BodyEnd body_end_of(const HttpResponse& response, bool takes_chunks);

// Status line and fields, with the empty line.
std::string http1_answer_head(const HttpResponse& response, const Http1AnswerHead& head);

}  // namespace tocsin::runtime
