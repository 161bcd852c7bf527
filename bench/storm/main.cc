// tocsin-bench-storm: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "drill/stop_signal.h"
#include "drill/targets.h"
#include "drill/temp_dir.h"
#include "runtime/dev_certificates.h"
#include "storm/options.h"
#include "storm/report.h"

namespace {

using namespace tocsin;

constexpr int exit_well = 0;
constexpr int exit_not_well = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_run = 3;

int complain(int exit_code, std::string_view what) {
  fmt::print(stderr, "tocsin-bench-storm: {}\n", what);
  return exit_code;
}

absl::StatusOr<storm::Report> run(const storm::Options& options) {
  storm::Report report;
  if (!options.skip_handshakes) {
    const absl::StatusOr<drill::TempDir> folder = drill::TempDir::create();
    if (!folder.ok()) return folder.status();
    const auto certificates = runtime::load_or_make_dev_certificates(folder->path() + "/tls");
    if (!certificates.ok()) return certificates.status();
    auto race = storm::race_handshakes(certificates->identity, options.race);
    if (!race.ok()) return race.status();
    report.race = *std::move(race);
  }
  if (!options.storm.server.empty()) {
    const drill::StopSignal stop;
    auto result = storm::storm(options.storm, stop);
    if (!result.ok()) return result.status();
    report.storm = *std::move(result);
  }
  return report;
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

int bench_main(const storm::Options& options) {
  drill::TargetSection targets;
  if (options.check) {
    auto loaded = drill::load_target_section(options.targets, options.section);
    if (!loaded.ok()) return complain(exit_usage, std::string(loaded.status().message()));
    targets = *std::move(loaded);
  }
  const absl::StatusOr<storm::Report> report = run(options);
  if (!report.ok()) return complain(exit_not_run, std::string(report.status().message()));
  const auto missed = drill::missed_targets(targets, storm::measures_of(*report));
  if (!missed.ok()) return complain(exit_usage, std::string(missed.status().message()));
  std::FILE* table_out = options.json == "-" ? stderr : stdout;
  fmt::print(table_out, "{}", storm::report_table(*report));
  for (const std::string& line : *missed) fmt::print(table_out, "target missed: {}\n", line);
  if (options.check && missed->empty()) {
    fmt::print(table_out, "All {} targets of [{}] are kept.\n", targets.size(), options.section);
  }
  if (!options.json.empty() && !write_json(options.json, storm::report_json(*report, *missed))) {
    return complain(exit_not_run, fmt::format("cannot write {}", options.json));
  }
  const bool all_in = !report->storm.has_value() || report->storm->in == report->storm->devices;
  return all_in && missed->empty() ? exit_well : exit_not_well;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const storm::ParsedOptions parsed = storm::parse_options({argv + 1, argv + argc});
  if (parsed.run) return bench_main(parsed.options);
  fmt::print(parsed.exit_code == 0 ? stdout : stderr, "{}", parsed.text);
  return parsed.exit_code;
}
