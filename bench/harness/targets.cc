#include "harness/targets.h"

#include <cmath>
#include <fmt/format.h>
#include <toml++/toml.h>

#include "harness/files.h"
#include "harness/try.h"

namespace tocsin::bench {
namespace {

constexpr std::string_view max_suffix = "_max";
constexpr std::string_view min_suffix = "_min";

absl::Status line_error(const toml::source_region& at, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("line {}: {}", at.begin.line, what));
}

absl::StatusOr<TargetSection> section_of(const toml::table& table) {
  TargetSection section;
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    if (!name.ends_with(max_suffix) && !name.ends_with(min_suffix)) {
      return line_error(key.source(),
                        fmt::format("target {} ends neither with _max nor with _min", name));
    }
    const auto number = node.value<double>();
    if (!node.is_number() || !number.has_value() || !std::isfinite(*number)) {
      return line_error(node.source(), fmt::format("target {} is not a number", name));
    }
    section.emplace(name, *number);
  }
  return section;
}

}  // namespace

absl::StatusOr<Targets> parse_targets(std::string_view text) {
  if (text.size() > targets_bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("larger than {} bytes: not a targets file", targets_bytes_max));
  }
  toml::table parsed;
  try {
    parsed = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return line_error(error.source(), error.description());
  }
  Targets targets;
  for (const auto& [key, node] : parsed) {
    const toml::table* table = node.as_table();
    if (table == nullptr)
      return line_error(key.source(), "a key stands before the first [section]");
    TOCSIN_TAKE(targets[std::string(key.str())], section_of(*table));
  }
  return targets;
}

absl::StatusOr<TargetSection> load_target_section(const std::string& path,
                                                  const std::string& section) {
  const std::string text = file_text(path);
  if (text.empty()) {
    return absl::NotFoundError(
        fmt::format("cannot read {}: run from the repository's root or give --targets FILE", path));
  }
  const absl::StatusOr<Targets> targets = parse_targets(text);
  if (!targets.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: {}", path, std::string(targets.status().message())));
  }
  const auto found = targets->find(section);
  if (found != targets->end()) return found->second;
  return absl::NotFoundError(fmt::format("{} has no section [{}]", path, section));
}

std::vector<std::string> missed_targets(const TargetSection& section, const Json& measures) {
  std::vector<std::string> missed;
  for (const auto& [key, target] : section) {
    const bool is_max = key.ends_with(max_suffix);
    const std::string name = key.substr(0, key.size() - max_suffix.size());
    const std::optional<double> measure = number_at(measures, name.c_str());
    if (!measure.has_value()) {
      missed.push_back(fmt::format("{}: this drill did not measure {}", key, name));
    } else if (is_max ? *measure > target : *measure < target) {
      missed.push_back(fmt::format("{}: {} is {:g}, wanted at {} {:g}", key, name, *measure,
                                   is_max ? "most" : "least", target));
    }
  }
  return missed;
}

}  // namespace tocsin::bench
