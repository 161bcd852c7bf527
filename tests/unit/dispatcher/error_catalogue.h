// The rows of docs/errors.md.
//
// Thread: pure functions; error_catalogue() reads the file.
#pragma once

#include <fmt/format.h>
#include <fstream>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::test {

struct Error {
  int code = 0;
  std::string status;
  std::string message;
};

inline std::string text_of(const Error& error) {
  return fmt::format("{} {} {}", error.code, error.status, error.message);
}

// The rows of docs/errors.md that begin with an HTTP status and have four columns.
inline std::vector<Error> error_catalogue() {
  std::ifstream file(TOCSIN_DOCS "/errors.md");
  std::vector<Error> rows;
  static const std::regex row(R"(^\| (\d{3}) \| ([A-Z_]+) \| (.*?) \| .*\|$)");
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, row)) {
      rows.push_back({std::stoi(match[1]), match[2], match[3]});
    }
  }
  return rows;
}

// Whether `text` is `pattern`, where an ellipsis stands for anything.
inline bool matches(const std::string& text, const std::string& pattern) {
  constexpr std::string_view any = "…";
  size_t at = 0;
  bool anchored = true;
  std::string_view rest = pattern;
  while (true) {
    const size_t gap = rest.find(any);
    const std::string_view piece = rest.substr(0, gap);
    if (gap == std::string_view::npos) {
      return anchored ? text.substr(at) == piece
                      : text.size() >= at + piece.size() && std::string_view(text).ends_with(piece);
    }
    const size_t found = text.find(piece, at);
    if (found == std::string::npos || (anchored && found != at)) return false;
    at = found + piece.size();
    rest.remove_prefix(gap + any.size());
    anchored = false;
  }
}

inline bool is_row(const Error& error, const Error& row) {
  return error.code == row.code && error.status == row.status &&
         matches(error.message, row.message);
}

}  // namespace tocsin::test
