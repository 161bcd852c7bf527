#include "harness/figures.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/check.h"

namespace tocsin::bench {
namespace {

// Letters, not bytes: tables hold en dashes.
size_t width_of(const std::string& cell) {
  return static_cast<size_t>(
      std::count_if(cell.begin(), cell.end(), [](char byte) { return (byte & 0xc0) != 0x80; }));
}

}  // namespace

Series::Series(std::vector<double> values) : sorted_(std::move(values)) {
  std::sort(sorted_.begin(), sorted_.end());
}

void Series::add(double value) {
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), value), value);
}

double Series::median() const {
  if (empty()) return 0;
  const size_t middle = size() / 2;
  return size() % 2 == 1 ? sorted_[middle] : (sorted_[middle - 1] + sorted_[middle]) / 2;
}

double Series::percentile(double percent) const {
  TOCSIN_CHECK(percent > 0 && percent <= 100);
  if (empty()) return 0;
  // The small term keeps 99.9 % of 1000 at rank 999: the product is 999.0000000000001.
  const double rank = std::ceil(percent / 100 * static_cast<double>(size()) - 1e-6);
  const size_t index = rank < 1 ? 0 : static_cast<size_t>(rank) - 1;
  return sorted_[std::min(index, size() - 1)];
}

std::optional<double> Series::measure() const {
  if (empty()) return std::nullopt;
  return median();
}

Series milliseconds(const std::vector<uint64_t>& waits_ns) {
  std::vector<double> ms;
  ms.reserve(waits_ns.size());
  for (const uint64_t ns : waits_ns) ms.push_back(static_cast<double>(ns) / 1e6);
  return Series(std::move(ms));
}

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

}  // namespace tocsin::bench
