// Which call of the schema a request line means.
//
// Thread: pure function.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dispatcher/reply/schema.h"

namespace tocsin::dispatcher {

struct Route {
  const Method* method = nullptr;  // nullptr: there is no such call
  // Field of the request and its text, decoded, not checked.
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string allow = {};  // without a method: the verbs this path has; empty: none
};

// `path` as in the request line; cut at its slashes, then decoded (RFC 3986 section 2.4).
Route find_route(std::string_view verb, std::string_view path);

}  // namespace tocsin::dispatcher
