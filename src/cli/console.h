// Where a command writes.
//
// Thread: one owner.
#pragma once

#include <ostream>

namespace tocsin::cli {

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;  // progress is shown only to people
};

}  // namespace tocsin::cli
