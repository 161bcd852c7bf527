#include "compare/http_head.h"

#include <algorithm>
#include <charconv>

#include "compare/speaker.h"

namespace tocsin::compare {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view version = "HTTP/1.1 ";

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_same_name(std::string_view text, std::string_view lower_name) {
  return std::equal(text.begin(), text.end(), lower_name.begin(), lower_name.end(),
                    [](char a, char b) { return lower(a) == b; });
}

}  // namespace

HttpHead http_head_of(std::string_view in) {
  HttpHead head;
  if (!version.starts_with(in.substr(0, version.size()))) {
    head.error = "the server does not speak HTTP/1.1";
    return head;
  }
  const size_t end = in.find(head_end);
  if (std::min(end, in.size()) > input_bytes_max) head.error = "an HTTP head that does not end";
  if (end == std::string_view::npos || !head.error.empty()) return head;
  const std::string_view code = in.substr(version.size(), 3);
  const auto [parsed, error] = std::from_chars(code.data(), code.data() + code.size(), head.status);
  if (error != std::errc() || parsed != code.data() + 3 || head.status < 100) {
    head.error = "an HTTP answer without a status";
    return head;
  }
  head.bytes = end + head_end.size();
  const std::string_view lines = in.substr(0, end + line_end.size());
  head.fields = lines.substr(lines.find(line_end) + line_end.size());
  return head;
}

std::string_view field_of(const HttpHead& head, std::string_view name) {
  std::string_view rest = head.fields;
  while (!rest.empty()) {
    const size_t end = rest.find(line_end);
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + line_end.size());
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_same_name(line.substr(0, colon), name)) continue;
    line.remove_prefix(colon + 1);
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
  }
  return {};
}

}  // namespace tocsin::compare
