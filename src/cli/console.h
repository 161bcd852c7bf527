// Where a command reads and writes.
//
// Thread: one owner.
#pragma once

#include <iostream>

namespace tocsin::cli {

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;  // progress is shown only to people
  std::istream& in = std::cin;   // for commands that are told to read "-"
};

}  // namespace tocsin::cli
