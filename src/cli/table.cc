#include "cli/table.h"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::cli {
namespace {

// Not an id, which may also be all digits but begins with a zero.
bool is_number(const std::string& text) {
  const bool is_id = text.size() > 1 && text[0] == '0';
  return !text.empty() && !is_id && text.find_first_not_of("0123456789") == std::string::npos;
}

// Titles, aliases and platforms are other people's texts: none of their control characters (C0,
// DEL, and C1 in UTF-8) reaches a terminal.
std::string printable(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    const bool is_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;
    if (is_c1) ++i;
    out += byte < 0x20 || byte == 0x7f || is_c1 ? '?' : static_cast<char>(byte);
  }
  return out;
}

}  // namespace

std::string table(std::vector<Row> rows) {
  std::vector<size_t> widths;
  for (Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = printable(row[i]);
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += is_number(row[i]) ? fmt::format("{:>{}}", row[i], widths[i])
                                : fmt::format("{:<{}}", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace tocsin::cli
