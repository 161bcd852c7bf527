// tocsin-bench-api: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include "api/options.h"
#include "api/report.h"
#include "api/run.h"
#include "drill/stop_signal.h"
#include "figures/answer.h"

namespace {

using namespace tocsin;

int bench_main(const api::Options& options) {
  figures::Answer answer("tocsin-bench-api", options.answer);
  if (!answer.load_targets()) return figures::exit_usage;
  const drill::StopSignal stop;
  const absl::StatusOr<api::Report> report = api::run(options, stop);
  if (!report.ok()) return answer.not_run(report.status());
  if (!answer.compare(api::measures_of(*report))) return figures::exit_usage;
  answer.print(api::report_table(*report));
  if (!answer.write(options.answer.json, api::report_json(*report, answer.missed()))) {
    return figures::exit_not_run;
  }
  return answer.exit_code(report->all_well());
}

}  // namespace

int main(int argc, char** argv) {
  const api::ParsedOptions parsed = api::parse_options({argv + 1, argv + argc});
  if (parsed.run) return bench_main(parsed.options);
  return figures::show_text(parsed);
}
