#include "figures/command_line.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <sstream>

#include <CLI/CLI.hpp>

namespace tocsin::figures {

ParsedLine parse_line(CLI::App& app, std::vector<std::string> arguments) {
  ParsedLine line;
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(arguments);
    line.run = true;
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    line.exit_code = app.exit(error, text, text) == 0 ? exit_well : exit_usage;
    line.text = text.str();
  }
  return line;
}

int show_text(const ParsedLine& line) {
  fmt::print(line.exit_code == exit_well ? stdout : stderr, "{}", line.text);
  return line.exit_code;
}

void add_answer_options(CLI::App& app, AnswerOptions& options) {
  app.add_option("--json", options.json, "Write the results as JSON to this file (- : stdout)");
  app.add_flag("--check", options.check, "Compare the results with the targets");
  app.add_option("--targets", options.targets, "File with the targets")->capture_default_str();
  app.add_option("--section", options.section, "Section of that file")->capture_default_str();
}

}  // namespace tocsin::figures
