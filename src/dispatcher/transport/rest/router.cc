#include "dispatcher/transport/rest/router.h"

#include <algorithm>
#include <map>
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

// A method, and what every path of it begins with, unless it is written with percent signs.
struct Pattern {
  const Method* method;
  std::string_view words;
};

ptrdiff_t slashes(std::string_view path) { return std::count(path.begin(), path.end(), '/'); }

// Those with as many segments as `path`.
const std::vector<Pattern>& patterns_like(std::string_view path) {
  static const auto by_slashes = [] {
    std::map<ptrdiff_t, std::vector<Pattern>> map;
    for (const Method& method : api_methods()) {
      const std::string_view pattern = method.path;
      map[slashes(pattern)].push_back({&method, pattern.substr(0, pattern.find('{'))});
    }
    return map;
  }();
  static const std::vector<Pattern> none;
  const auto found = by_slashes.find(slashes(path));
  return found == by_slashes.end() ? none : found->second;
}

}  // namespace

// A path of words goes before one with a field: "batch" is no message's id.
Route find_route(std::string_view verb, std::string_view path) {
  Route best;
  if (!path.starts_with('/')) return best;
  const bool is_plain = path.find('%') == std::string_view::npos;
  for (const auto& [candidate, words] : patterns_like(path)) {
    if (is_plain && !path.starts_with(words)) continue;
    const Method& method = *candidate;
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
