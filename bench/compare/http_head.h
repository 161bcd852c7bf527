// HttpHead: the head of an HTTP/1.1 answer (RFC 9112 section 4), as strict as two fixed servers
// allow.
//
// Thread: pure functions.  Bound: input_bytes_max.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::compare {

struct HttpHead {
  size_t bytes = 0;  // with the empty line; 0: not complete
  int status = 0;
  std::string_view fields;  // the lines behind the status line
  std::string error;        // it never will be complete
};

HttpHead http_head_of(std::string_view in);

// The value of a field, whose name is given in lower case; empty when it is absent.
std::string_view field_of(const HttpHead& head, std::string_view name);

}  // namespace tocsin::compare
