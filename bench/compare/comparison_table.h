// The comparison as a table for people: plain text, or Markdown for bench/results/.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <vector>

#include "compare/comparison.h"

namespace tocsin::compare {

enum class TableStyle { plain, markdown };

// With what was compared above it, and what else must be said below it.
std::string comparison_table(const Comparison& comparison, TableStyle style);

// Rows of cells, the first being the head. Plain: columns as wide as their widest cell.
std::string lay_out(const std::vector<std::vector<std::string>>& rows, TableStyle style);

}  // namespace tocsin::compare
