// What the command lines of the benches have in common: how they are parsed, and the options that
// say what becomes of the answer.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <vector>

#include "figures/answer.h"

namespace CLI {
class App;
}

namespace tocsin::figures {

// What parsing came to.
struct ParsedLine {
  bool run = false;           // false: print `text` and exit with `exit_code`
  int exit_code = exit_well;  // after --help; exit_usage when the usage is wrong
  std::string text;
};

// Let `app` read the arguments behind the program's name.
ParsedLine parse_line(CLI::App& app, std::vector<std::string> arguments);

// Print the text of a line that does not run anything; its exit code.
int show_text(const ParsedLine& line);

// --json, --check, --targets, --section.
void add_answer_options(CLI::App& app, AnswerOptions& options);

}  // namespace tocsin::figures
