#include "cli/run.h"

#include "cli/command_line.h"
#include "cli/commands/commands.h"

namespace tocsin::cli {

int run(const std::vector<std::string>& words, Console console) {
  CommandLine line;
  add_commands(line);
  return line.run(words, console);
}

}  // namespace tocsin::cli
