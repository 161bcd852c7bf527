// tocsin-bench-storage: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include "figures/answer.h"
#include "runtime/log.h"
#include "storage/options.h"
#include "storage/report.h"
#include "storage/run.h"

namespace {

using namespace tocsin;
using namespace tocsin::storage_bench;

int bench_main(const Options& options) {
  figures::Answer answer("tocsin-bench-storage", options.answer);
  if (!answer.load_targets()) return figures::exit_usage;
  Report report;
  report.options = options;
  const absl::Status status = run(report);
  if (!status.ok()) return answer.not_run(status);
  if (!answer.compare(measures_of(report))) return figures::exit_usage;
  answer.print(report_table(report));
  if (!answer.write(options.answer.json, report_json(report, answer.missed()))) {
    return figures::exit_not_run;
  }
  return answer.exit_code(true);
}

}  // namespace

int main(int argc, char** argv) {
  const ParsedOptions parsed = parse_options({argv + 1, argv + argc});
  if (!parsed.run) return figures::show_text(parsed);
  if (!runtime::set_log_level("warning").ok()) return figures::exit_not_run;
  return bench_main(parsed.options);
}
