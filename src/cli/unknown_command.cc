#include "cli/unknown_command.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/nearest_name.h"

namespace tocsin::cli {
namespace {

// Whether the word after `word` is its value; `word` stands before the command, so it is an option
// of the root.
bool takes_next(const CLI::App& root, const std::string& word) {
  const CLI::Option* option = root.get_option_no_throw(word);
  return option != nullptr && option->get_items_expected_max() > 0;
}

// The command that `word` may have been meant to be, or "".
std::string nearest(const std::vector<CLI::App*>& commands, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  return std::string(nearest_name(views, word));
}

}  // namespace

std::string unknown_command(CLI::App& root, const std::vector<std::string>& words) {
  CLI::App* at = &root;
  std::string path;
  for (size_t i = 0; i < words.size() && at->get_require_subcommand_min() > 0; ++i) {
    if (words[i].starts_with('-')) {
      if (takes_next(root, words[i])) ++i;
      continue;
    }
    const std::vector<CLI::App*> commands =
        at->get_subcommands([](const CLI::App*) { return true; });
    const auto known = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* command) {
      return command->get_name() == words[i];
    });
    if (known == commands.end()) {
      const std::string said = fmt::format("unknown command '{}{}'", path, words[i]);
      const std::string meant = nearest(commands, words[i]);
      return meant.empty() ? said : fmt::format("{}; did you mean '{}{}'?", said, path, meant);
    }
    at = *known;
    path += words[i] + ' ';
  }
  return {};
}

}  // namespace tocsin::cli
