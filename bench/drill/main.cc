// tocsin-drill: see options.cc for what it can be asked and bench/README.md for what it answers.
#include "drill/coordinator/drill.h"
#include "drill/options.h"
#include "drill/page.h"
#include "drill/report.h"
#include "harness/bench.h"
#include "harness/try.h"

int main(int argc, char** argv) {
  using namespace tocsin;
  drill::Options options;
  options.command = drill::command_line({argv + 1, argv + argc});
  return harness::run_bench(
      drill::program, argc, argv, options, [&options]() -> absl::StatusOr<harness::Findings> {
        const harness::StopSignal stop;
        TOCSIN_TAKE(const drill::Report report, drill::run_drill(options, stop));
        return harness::Findings{
            drill::all_well(report),
            drill::measures_of(report),
            drill::table_of(report),
            drill::json_of(report),
            options.html,
            [report](const harness::Json& document) { return drill::page_of(report, document); }};
      });
}
