// Figures as the tables show them to people.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/series.h"

namespace tocsin::harness {

// 12345678 -> "12,345,678".
std::string with_commas(uint64_t value);

// "1 worker", "2 workers".
std::string counted(uint64_t count, std::string_view noun);

// "12.3 (11.0-14.2)": median, smallest and largest, with `digits` behind the point.
std::string range_text(const Series& series, int digits);
// A line of a table: what it is, that text, and what else there is to say.
std::string range_line(std::string_view what, const Series& series, int digits,
                       std::string_view rest = {});

double mebibytes(uint64_t bytes);

// Rows of cells, the first being the head.
using Rows = std::vector<std::vector<std::string>>;
// Columns as wide as their widest cell, and two blanks; each line begins with `indent`.
std::string columns(const Rows& rows, std::string_view indent = "  ");
std::string markdown_table(const Rows& rows);

}  // namespace tocsin::harness
