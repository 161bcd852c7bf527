// tocsin-bench-compare: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include <cstdio>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "compare/comparison_json.h"
#include "compare/comparison_table.h"
#include "compare/options.h"
#include "compare/run.h"
#include "drill/stop_signal.h"
#include "drill/targets.h"

namespace {

using namespace tocsin::compare;
namespace drill = tocsin::drill;

constexpr int exit_well = 0;
constexpr int exit_not_well = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_run = 3;

int complain(int exit_code, std::string_view what) {
  fmt::print(stderr, "tocsin-bench-compare: {}\n", what);
  return exit_code;
}

bool write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  if (path == "-") {
    fmt::print("{}", text);
    return true;
  }
  std::ofstream file(path, std::ios::trunc);
  file << text << std::flush;
  return file.good();
}

int compare_main(const Options& options, const std::string& command_line) {
  drill::TargetSection targets;
  if (options.check) {
    auto loaded = drill::load_target_section(options.targets, options.section);
    if (!loaded.ok()) return complain(exit_usage, std::string(loaded.status().message()));
    targets = *std::move(loaded);
  }
  const drill::StopSignal stop;
  const auto comparison = run_comparison(options, command_line, stop);
  if (!comparison.ok()) return complain(exit_not_run, std::string(comparison.status().message()));
  const auto missed = drill::missed_targets(targets, measures_of(*comparison));
  if (!missed.ok()) return complain(exit_usage, std::string(missed.status().message()));
  std::FILE* out = options.json == "-" ? stderr : stdout;
  fmt::print(out, "{}", comparison_table(*comparison, TableStyle::plain));
  for (const std::string& line : *missed) fmt::print(out, "target missed: {}\n", line);
  if (options.check && missed->empty()) {
    fmt::print(out, "All {} targets of [{}] are kept.\n", targets.size(), options.section);
  }
  if (!write_file(options.markdown, comparison_table(*comparison, TableStyle::markdown))) {
    return complain(exit_not_run, fmt::format("cannot write {}", options.markdown));
  }
  if (!write_file(options.json, comparison_json(*comparison, *missed))) {
    return complain(exit_not_run, fmt::format("cannot write {}", options.json));
  }
  return all_well(*comparison) && missed->empty() ? exit_well : exit_not_well;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const ParsedOptions parsed = parse_options(arguments);
  if (parsed.run) {
    return compare_main(parsed.options,
                        fmt::format("tocsin-bench-compare {}", fmt::join(arguments, " ")));
  }
  fmt::print(parsed.exit_code == 0 ? stdout : stderr, "{}", parsed.text);
  return parsed.exit_code;
}
