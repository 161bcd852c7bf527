// All of `tocsin` except the process around it.
//
// Thread: blocks its caller.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"

namespace tocsin::cli {

// Do what `words` (without the program's name) say. Returns the exit code (cli/exit_code.h).
int run(const std::vector<std::string>& words, Console console);

}  // namespace tocsin::cli
