#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

#include "cli/run.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return tocsin::cli::run(arguments, {std::cout, std::cerr, isatty(STDERR_FILENO) != 0});
}
