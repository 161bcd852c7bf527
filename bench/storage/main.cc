// tocsin-bench-storage: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "drill/targets.h"
#include "runtime/log.h"
#include "storage/options.h"
#include "storage/report.h"
#include "storage/run.h"

namespace {

using namespace tocsin;
using namespace tocsin::storage_bench;

constexpr int exit_well = 0;
constexpr int exit_missed = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_run = 3;

int complain(int exit_code, std::string_view what) {
  fmt::print(stderr, "tocsin-bench-storage: {}\n", what);
  return exit_code;
}

bool write_json(const std::string& path, const std::string& json) {
  if (path == "-") {
    fmt::print("{}", json);
    return true;
  }
  std::ofstream file(path, std::ios::trunc);
  file << json << std::flush;
  return file.good();
}

int bench_main(const Options& options) {
  drill::TargetSection targets;
  if (options.check) {
    auto loaded = drill::load_target_section(options.targets, options.section);
    if (!loaded.ok()) return complain(exit_usage, std::string(loaded.status().message()));
    targets = *std::move(loaded);
  }
  Report report;
  report.options = options;
  const absl::Status status = run(report);
  if (!status.ok()) return complain(exit_not_run, std::string(status.message()));
  const auto missed = drill::missed_targets(targets, measures_of(report));
  if (!missed.ok()) return complain(exit_usage, std::string(missed.status().message()));
  std::FILE* table_out = options.json == "-" ? stderr : stdout;
  fmt::print(table_out, "{}", report_table(report));
  for (const std::string& line : *missed) fmt::print(table_out, "target missed: {}\n", line);
  if (options.check && missed->empty()) {
    fmt::print(table_out, "All {} targets of [{}] are kept.\n", targets.size(), options.section);
  }
  if (!options.json.empty() && !write_json(options.json, report_json(report, *missed))) {
    return complain(exit_not_run, fmt::format("cannot write {}", options.json));
  }
  return missed->empty() ? exit_well : exit_missed;
}

}  // namespace

int main(int argc, char** argv) {
  const ParsedOptions parsed = parse_options({argv + 1, argv + argc});
  if (!parsed.run) {
    fmt::print(parsed.exit_code == 0 ? stdout : stderr, "{}", parsed.text);
    return parsed.exit_code;
  }
  if (!runtime::set_log_level("warning").ok()) return exit_not_run;
  return bench_main(parsed.options);
}
