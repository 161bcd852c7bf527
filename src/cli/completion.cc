#include "cli/completion.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "cli/options.h"

namespace tocsin::cli {
namespace {

// The script is this with lists in between. `path` becomes the command in the words so far, such as
// " device list"; `file` says that words which are not options are file names.
constexpr char begin[] = R"(_tocsin() {
  local path="" value="" words="" file="" word
  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
    if [[ -n "$value" ]]; then value=""; continue; fi
    case "$path $word" in
)";
constexpr char before_values[] = R"(    esac
  done
  case "$path $before" in
)";
constexpr char before_words[] = R"(  esac
  case "$path" in
)";
constexpr char before_anywhere[] = R"(  esac
  if [[ -n "$file" && "$current" != -* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words)";
constexpr char end[] = R"(" -- "$current"))
  fi
}
complete -F _tocsin tocsin
)";

// With this, zsh understands bash's completions.
constexpr char zsh_begin[] = R"((( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
autoload -Uz bashcompinit && bashcompinit
)";

// The entries of the lists, one per line, and the options that may stand anywhere.
struct Lists {
  std::string steps;   // how `path` grows
  std::string values;  // of options
  std::string words;   // that may follow
  std::string anywhere = " --help";
};

// "low normal high" for an option that takes nothing else: its type is shown as {low,normal,high}.
std::string choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  if (open == std::string::npos) return {};
  std::string choices = type.substr(open + 1, type.find('}', open) - open - 1);
  std::replace(choices.begin(), choices.end(), ',', ' ');
  return choices;
}

// The commands of `app`; its groups of options, which are commands to CLI11, have no name.
std::vector<CLI::App*> children(CLI::App& app, bool named) {
  return app.get_subcommands(
      [named](const CLI::App* child) { return child->get_name().empty() != named; });
}

// Without --help, which stands anywhere.
std::vector<CLI::Option*> options_of(CLI::App& app) {
  std::vector<CLI::Option*> options =
      app.get_options([&app](const CLI::Option* option) { return option != app.get_help_ptr(); });
  for (CLI::App* group : children(app, /*named=*/false)) {
    for (CLI::Option* option : options_of(*group)) options.push_back(option);
  }
  return options;
}

// An option --NAME of the command `path`. Those of the root may stand anywhere.
void add_option(CLI::Option& option, const std::string& path, Lists& lists) {
  const std::string name = "--" + option.get_lnames().front();
  const bool anywhere = path.empty();
  const std::string pattern = fmt::format(R"({}"{} {}")", anywhere ? "*" : "", path, name);
  (anywhere ? lists.anywhere : lists.words) += ' ' + name;
  if (anywhere && option.get_items_expected_max() > 0) {
    lists.steps += fmt::format("      {}) value=1 ;;\n", pattern);
  }
  const std::string choices = choices_of(option);
  if (choices.empty() && !takes_file(option)) return;
  lists.values += fmt::format("    {}) COMPREPLY=($(compgen {} -- \"$current\")); return ;;\n",
                              pattern, choices.empty() ? "-f" : fmt::format("-W \"{}\"", choices));
}

// Add `command`, whose path is `path`, and everything below it.
void add_command(CLI::App& command, const std::string& path, Lists& lists) {
  std::string file;
  lists.words += fmt::format("    \"{}\") words=\"", path);
  for (const CLI::App* child : children(command, /*named=*/true)) {
    lists.words += ' ' + child->get_name();
    lists.steps += fmt::format("      \"{0} {1}\") path=\"{0} {1}\" ;;\n", path, child->get_name());
  }
  for (CLI::Option* option : options_of(command)) {
    if (option->nonpositional()) {
      add_option(*option, path, lists);
      continue;
    }
    const std::string choices = choices_of(*option);
    if (!choices.empty()) lists.words += ' ' + choices;
    if (takes_file(*option)) file = " file=1";
  }
  lists.words += fmt::format("\"{} ;;\n", file);
  for (CLI::App* child : children(command, /*named=*/true)) {
    add_command(*child, fmt::format("{} {}", path, child->get_name()), lists);
  }
}

}  // namespace

std::string completion_of(CLI::App& root, const std::string& shell) {
  Lists lists;
  add_command(root, "", lists);
  return (shell == "zsh" ? zsh_begin : "") + std::string(begin) + lists.steps + before_values +
         lists.values + before_words + lists.words + before_anywhere + lists.anywhere + end;
}

}  // namespace tocsin::cli
