// The target of a request line, cut into path and query.
//
// Thread: pure function.  Bound: the text is within http_head_bytes_max.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::runtime {

struct HttpTarget {
  std::string path;   // percent-decoded, begins with '/'
  std::string query;  // behind '?', not decoded
};

// Origin form ("/a%20b?c") or absolute form ("https://host/a", RFC 9112 section 3.2). nullopt when
// it is neither or a percent escape is broken.
std::optional<HttpTarget> parse_http_target(std::string_view text);

}  // namespace tocsin::runtime
