#include "figures/targets.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fstream>

namespace tocsin::figures {
namespace {

constexpr std::string_view max_suffix = "_max";
constexpr std::string_view min_suffix = "_min";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool is_name(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

absl::Status line_error(size_t line, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("line {}: {}", line, what));
}

// One line that is neither empty nor a comment.
absl::Status read_line(std::string_view line, size_t number, Targets& targets,
                       TargetSection*& section) {
  if (line.front() == '[') {
    if (line.back() != ']') return line_error(number, "a section is written [name]");
    const std::string_view name = trimmed(line.substr(1, line.size() - 2));
    if (!is_name(name)) return line_error(number, "a section's name is of a-z, 0-9 and _");
    const auto [entry, added] = targets.try_emplace(std::string(name));
    if (!added) return line_error(number, fmt::format("section [{}] is there twice", name));
    section = &entry->second;
    return absl::OkStatus();
  }
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return line_error(number, "want: key = number");
  const std::string_view key = trimmed(line.substr(0, equals));
  const std::string_view value = trimmed(line.substr(equals + 1));
  if (!is_name(key)) return line_error(number, "a key is of a-z, 0-9 and _");
  if (section == nullptr) return line_error(number, "a key stands before the first [section]");
  double parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(parsed)) {
    return line_error(number, fmt::format("'{}' is not a number", value));
  }
  if (!section->try_emplace(std::string(key), parsed).second) {
    return line_error(number, fmt::format("key {} is there twice", key));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Targets> parse_targets(std::string_view text) {
  if (text.size() > targets_bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("larger than {} bytes: not a targets file", targets_bytes_max));
  }
  Targets targets;
  TargetSection* section = nullptr;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const absl::Status read = read_line(line, number, targets, section);
    if (!read.ok()) return read;
  }
  return targets;
}

absl::StatusOr<TargetSection> load_target_section(const std::string& path,
                                                  const std::string& section) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(
        fmt::format("cannot read {}: run from the repository's root or give --targets FILE", path));
  }
  std::string text(targets_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  absl::StatusOr<Targets> targets = parse_targets(text);
  if (!targets.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {}", path, std::string(targets.status().message())));
  }
  const auto found = targets->find(section);
  if (found == targets->end()) {
    return absl::NotFoundError(fmt::format("{} has no section [{}]", path, section));
  }
  return found->second;
}

absl::StatusOr<std::vector<std::string>> missed_targets(const TargetSection& section,
                                                        const Measures& measures) {
  std::vector<std::string> missed;
  for (const auto& [key, target] : section) {
    const bool is_max = key.ends_with(max_suffix);
    if (!is_max && !key.ends_with(min_suffix)) {
      return absl::InvalidArgumentError(
          fmt::format("target {} ends neither with _max nor with _min", key));
    }
    const std::string name = key.substr(0, key.size() - max_suffix.size());
    const auto measure = measures.find(name);
    if (measure == measures.end()) {
      missed.push_back(fmt::format("{}: this drill did not measure {}", key, name));
    } else if (is_max ? measure->second > target : measure->second < target) {
      missed.push_back(fmt::format("{}: {} is {:g}, wanted at {} {:g}", key, name, measure->second,
                                   is_max ? "most" : "least", target));
    }
  }
  return missed;
}

}  // namespace tocsin::figures
