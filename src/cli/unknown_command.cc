#include "cli/unknown_command.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <utility>

namespace tocsin::cli {
namespace {

constexpr size_t near_max = 2;

// Whether the word after `word`, an option before the command and so one of the root, is its value.
bool takes_next(const CLI::App& root, const std::string& word) {
  const CLI::Option* option = root.get_option_no_throw(word);
  return option != nullptr && option->get_items_expected_max() > 0;
}

// The name that `word` may have been meant to be, or "". Not all of it is to be changed.
std::string nearest(const std::vector<CLI::App*>& commands, const std::string& word) {
  std::string best;
  size_t best_distance = std::min(near_max + 1, word.size());
  for (const CLI::App* command : commands) {
    const size_t distance = edit_distance(word, command->get_name());
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = command->get_name();
  }
  return best;
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

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);  // from what of `a` was read to each beginning of `b`
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace tocsin::cli
