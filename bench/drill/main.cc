// tocsin-drill: see options.cc for what it can be asked and bench/README.md for what it answers.
#include <charconv>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "drill/drill.h"
#include "drill/html_report.h"
#include "drill/options.h"
#include "drill/report_json.h"
#include "drill/report_table.h"
#include "drill/stop_signal.h"
#include "drill/targets.h"
#include "drill/worker.h"

namespace {

using namespace tocsin::drill;

constexpr int exit_well = 0;
constexpr int exit_not_well = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_run = 3;

int complain(int exit_code, std::string_view what) {
  fmt::print(stderr, "tocsin-drill: {}\n", what);
  return exit_code;
}

int worker_main(const std::vector<std::string>& arguments) {
  int fds[2] = {-1, -1};
  for (size_t i = 0; i < 2 && arguments.size() == 3; ++i) {
    const std::string& text = arguments[i + 1];
    std::from_chars(text.data(), text.data() + text.size(), fds[i]);
  }
  if (fds[0] < 0 || fds[1] < 0) return complain(exit_usage, "worker is for the drill itself");
  return run_worker(fds[0], fds[1]);
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text << std::flush;
  return file.good();
}

bool write_json(const std::string& path, const std::string& json) {
  if (path != "-") return write_file(path, json);
  fmt::print("{}", json);
  return true;
}

int drill_main(const Options& options) {
  TargetSection targets;
  if (options.check) {
    absl::StatusOr<TargetSection> loaded = load_target_section(options.targets, options.section);
    if (!loaded.ok()) return complain(exit_usage, std::string(loaded.status().message()));
    targets = *std::move(loaded);
  }
  const StopSignal stop;
  const absl::StatusOr<Report> report = run_drill(options, stop);
  if (!report.ok()) return complain(exit_not_run, std::string(report.status().message()));
  const absl::StatusOr<std::vector<std::string>> missed =
      missed_targets(targets, measures_of(*report));
  if (!missed.ok()) return complain(exit_usage, std::string(missed.status().message()));
  std::FILE* table_out = options.json == "-" ? stderr : stdout;
  fmt::print(table_out, "{}", report_table(*report));
  for (const std::string& line : *missed) fmt::print(table_out, "target missed: {}\n", line);
  if (options.check && missed->empty()) {
    fmt::print(table_out, "All {} targets of [{}] are kept.\n", targets.size(), options.section);
  }
  if (!options.json.empty() && !write_json(options.json, report_json(*report, *missed))) {
    return complain(exit_not_run, fmt::format("cannot write {}", options.json));
  }
  if (!options.html.empty() && !write_file(options.html, html_report(*report, *missed))) {
    return complain(exit_not_run, fmt::format("cannot write {}", options.html));
  }
  return all_well(*report) && missed->empty() ? exit_well : exit_not_well;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == worker_command) return worker_main(arguments);
  const ParsedOptions parsed = parse_options(arguments);
  if (parsed.run) return drill_main(parsed.options);
  fmt::print(parsed.exit_code == 0 ? stdout : stderr, "{}", parsed.text);
  return parsed.exit_code;
}
