// The target of a request line, cut into path and query, and a query cut into parameters.
//
// Thread: pure function.  Bound: the text is within http_head_bytes_max.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::runtime {

struct HttpTarget {
  std::string path;   // begins with '/', not decoded: what a slash separates is decided first
  std::string query;  // after '?', not decoded
};

// Origin form ("/a%20b?c") or absolute form ("https://host/a", RFC 9112 section 3.2). nullopt when
// it is neither or a percent escape in the path is broken.
std::optional<HttpTarget> parse_http_target(std::string_view text);

// "a%20b" -> "a b"; nullopt for a broken escape.
std::optional<std::string> percent_decoded(std::string_view text);

// "a=1&b=c%20d" -> names and texts, decoded, in order; '+' is a space. nullopt for a broken escape.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_http_query(
    std::string_view query);

}  // namespace tocsin::runtime
