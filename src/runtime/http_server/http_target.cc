#include "runtime/http_server/http_target.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <absl/strings/match.h>

#include "base/hex.h"

namespace tocsin::runtime {
namespace {

// "https://host/a" -> "/a"; an empty path is "/".
std::string_view without_authority(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!absl::StartsWithIgnoreCase({text.data(), text.size()}, {scheme.data(), scheme.size()}))
      continue;
    const size_t path = text.find_first_of("/?", scheme.size());
    return path == std::string_view::npos ? "/" : text.substr(path);
  }
  return text;
}

std::optional<std::string> form_decoded(std::string text) {
  std::replace(text.begin(), text.end(), '+', ' ');
  return percent_decoded(text);
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    std::array<uint8_t, 1> byte;
    if (i + 2 >= text.size() || !from_hex(text.substr(i + 1, 2), byte)) return std::nullopt;
    out.push_back(static_cast<char>(byte[0]));
    i += 2;
  }
  return out;
}

std::optional<HttpTarget> parse_http_target(std::string_view text) {
  text = without_authority(text);
  text = text.substr(0, text.find('#'));
  const size_t question = text.find('?');
  const std::string_view path = text.substr(0, question);
  if (!path.starts_with('/')) return std::nullopt;
  if (path.find('%') != std::string_view::npos && !percent_decoded(path)) return std::nullopt;
  HttpTarget target{std::string(path), {}};
  if (question != std::string_view::npos) target.query = text.substr(question + 1);
  return target;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_http_query(
    std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    if (one.empty()) continue;
    const size_t equals = one.find('=');
    auto name = form_decoded(std::string(one.substr(0, equals)));
    auto text =
        form_decoded(std::string(equals == std::string_view::npos ? "" : one.substr(equals + 1)));
    if (!name || !text) return std::nullopt;
    parameters.emplace_back(*std::move(name), *std::move(text));
  }
  return parameters;
}

}  // namespace tocsin::runtime
