#include "cli/table.h"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::cli {
namespace {

// Not an id, which may be all digits too but begins with a zero.
bool is_number(const std::string& text) {
  const bool is_id = text.size() > 1 && text[0] == '0';
  return !text.empty() && !is_id && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::string table(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
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
