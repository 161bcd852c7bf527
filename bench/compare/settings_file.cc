#include "compare/settings_file.h"

#include <fmt/format.h>

#include "harness/text_file.h"

namespace tocsin::compare {
namespace {

constexpr std::string_view word_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

}  // namespace

absl::StatusOr<std::string> fill_settings(std::string_view settings, const SettingsWords& words) {
  std::string filled;
  while (!settings.empty()) {
    const size_t at = settings.find('@');
    filled += settings.substr(0, at);
    if (at == std::string_view::npos) break;
    settings.remove_prefix(at + 1);
    const size_t end = settings.find_first_not_of(word_letters);
    if (end == 0 || end == std::string_view::npos || settings[end] != '@') {
      filled += '@';  // not one of ours: a comment, an address
      continue;
    }
    const auto word = words.find(settings.substr(0, end));
    if (word == words.end()) {
      return absl::InvalidArgumentError(
          fmt::format("the settings name @{}@, which is not known", settings.substr(0, end)));
    }
    filled += word->second;
    settings.remove_prefix(end + 1);
  }
  return filled;
}

absl::Status make_settings(const std::string& from, const std::string& to,
                           const SettingsWords& words) {
  const std::string text = harness::file_text(from);
  if (text.empty()) {
    return absl::NotFoundError(fmt::format(
        "cannot read {}: run from the repository's root or give --settings FOLDER", from));
  }
  const absl::StatusOr<std::string> filled = fill_settings(text, words);
  if (filled.ok()) return harness::write_file(to, *filled);
  return absl::InvalidArgumentError(
      fmt::format("{}: {}", from, std::string(filled.status().message())));
}

}  // namespace tocsin::compare
