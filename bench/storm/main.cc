// tocsin-bench-storm: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include <csignal>
#include <string>
#include <vector>

#include "drill/stop_signal.h"
#include "drill/temp_dir.h"
#include "figures/answer.h"
#include "runtime/tls/dev_certificates.h"
#include "storm/options.h"
#include "storm/report.h"

namespace {

using namespace tocsin;

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

int bench_main(const storm::Options& options) {
  figures::Answer answer("tocsin-bench-storm", options.answer);
  if (!answer.load_targets()) return figures::exit_usage;
  const absl::StatusOr<storm::Report> report = run(options);
  if (!report.ok()) return answer.not_run(report.status());
  if (!answer.compare(storm::measures_of(*report))) return figures::exit_usage;
  answer.print(storm::report_table(*report));
  if (!answer.write(options.answer.json, storm::report_json(*report, answer.missed()))) {
    return figures::exit_not_run;
  }
  const bool all_in = !report->storm.has_value() || report->storm->in == report->storm->devices;
  return answer.exit_code(all_in);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const storm::ParsedOptions parsed = storm::parse_options({argv + 1, argv + argc});
  if (parsed.run) return bench_main(parsed.options);
  return figures::show_text(parsed);
}
