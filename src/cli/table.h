// Plain tables for people: columns as wide as their widest cell, with two spaces between them.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <vector>

namespace tocsin::cli {

using Row = std::vector<std::string>;

// Rows of equal length; cells that look like numbers are aligned to the right. Control characters
// become '?': a cell is one line and cannot control a terminal.
std::string table(std::vector<Row> rows);

}  // namespace tocsin::cli
