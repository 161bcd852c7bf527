#include "harness/figure_text.h"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::harness {
namespace {

// Letters, not bytes: tables hold en dashes.
size_t width_of(const std::string& cell) {
  return static_cast<size_t>(
      std::count_if(cell.begin(), cell.end(), [](char byte) { return (byte & 0xc0) != 0x80; }));
}

}  // namespace

std::string with_commas(uint64_t value) {
  std::string digits = fmt::format("{}", value);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string counted(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string range_text(const Series& series, int digits) {
  return fmt::format("{:.{}f} ({:.{}f}-{:.{}f})", series.median(), digits, series.min(), digits,
                     series.max(), digits);
}

std::string range_line(std::string_view what, const Series& series, int digits,
                       std::string_view rest) {
  return fmt::format("  {:<34} {}{}\n", what, range_text(series, digits), rest);
}

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1024 * 1024); }

std::string columns(const Rows& rows, std::string_view indent) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& cells : rows) {
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width_of(cells[i]));
  }
  std::string text;
  for (const auto& cells : rows) {
    text += indent;
    for (size_t i = 0; i < cells.size(); ++i) {
      text += cells[i] + std::string(widths[i] - width_of(cells[i]) + 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

std::string markdown_table(const Rows& rows) {
  std::string text;
  for (size_t line = 0; line < rows.size(); ++line) {
    for (const std::string& cell : rows[line]) text += "| " + cell + " ";
    text += "|\n";
    if (line > 0) continue;
    for (size_t i = 0; i < rows[0].size(); ++i) text += "|---";
    text += "|\n";
  }
  return text;
}

}  // namespace tocsin::harness
