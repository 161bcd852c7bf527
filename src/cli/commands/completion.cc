// completion: the script with which a shell completes `tocsin`.
#include "cli/completion.h"

#include <memory>
#include <string>

#include <CLI/App.hpp>

#include "cli/commands/commands.h"

namespace tocsin::cli {

void add_completion(CommandLine& line) {
  const auto shell = std::make_shared<std::string>();
  const auto write = [&line, shell](Console console) {
    console.out << completion_of(line.root(), *shell);
    return ExitCode::ok;
  };
  line.add_offline(line.root(), "completion", "Print completions: tocsin completion bash > FILE",
                   write)
      .add_option("SHELL", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
}

}  // namespace tocsin::cli
