#include "dispatcher/transport/rest/router.h"

#include <optional>

#include "runtime/http_server/http_target.h"

namespace tocsin::dispatcher {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// The first segment after the slash that `path` begins with, which is taken off.
std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

// What stands for the {fields} of `pattern`; nullopt when `path` is another one.
std::optional<Fields> matched(std::string_view pattern, std::string_view path) {
  Fields fields;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = next_segment(pattern);
    const std::string_view found = next_segment(path);
    const bool is_field = wanted.starts_with('{') && !found.empty();
    if (!is_field && found == wanted) continue;
    if (!is_field && found.find('%') == std::string_view::npos) return std::nullopt;
    auto text = runtime::percent_decoded(found);
    if (!text || (!is_field && *text != wanted)) return std::nullopt;
    if (is_field) fields.emplace_back(wanted.substr(1, wanted.size() - 2), *std::move(text));
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return fields;
}

}  // namespace

// A path of words goes before one with a field: "batch" is no message's id.
Route find_route(std::string_view verb, std::string_view path) {
  Route best;
  if (!path.starts_with('/')) return best;
  for (const Method& method : api_methods()) {
    auto fields = matched(method.path, path);
    if (!fields) continue;
    if (method.verb != verb) {
      if (best.method != nullptr) continue;
      if (!best.allow.empty()) best.allow += ", ";
      best.allow += method.verb;
    } else if (best.method == nullptr || fields->size() < best.fields.size()) {
      best = {&method, *std::move(fields), {}};
    }
  }
  return best;
}

}  // namespace tocsin::dispatcher
