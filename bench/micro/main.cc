// tocsin-bench-micro: Google Benchmark of single parts, with the house's --json and --check.
//
// --json writes Google Benchmark's own format. A measure is a benchmark's name with _ns behind it:
// its median over the repetitions (5 unless told otherwise), CPU time where the benchmark has one
// thread and wall time where it has two.
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "harness/bench.h"

namespace tocsin::bench::micro {
namespace {

struct Options : BenchOptions {
  Options() : BenchOptions("micro") {}
  void declare() override { app_->allow_extras(); }
  std::string finish(const CLI::App& app) override {
    for (const std::string& argument : app.remaining()) {
      if (!argument.starts_with("--benchmark_") && !argument.starts_with("--v=")) {
        return "what is " + argument + "?";
      }
      passed_on.push_back(argument);
    }
    // Google Benchmark writes it.
    if (!answer.json.empty()) {
      passed_on.push_back("--benchmark_out=" + std::exchange(answer.json, {}));
      passed_on.emplace_back("--benchmark_out_format=json");
    }
    return {};
  }

  // What Google Benchmark is to see; later ones win.
  std::vector<std::string> passed_on = {"tocsin-bench-micro", "--benchmark_repetitions=5",
                                        "--benchmark_report_aggregates_only=true"};
};

// The usual table, and the medians kept.
class MedianReporter : public benchmark::ConsoleReporter {
 public:
  MedianReporter() : ConsoleReporter(OO_None) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      // Without repetitions there is no median but the one run itself.
      const bool is_median = run.run_type == Run::RT_Aggregate && run.aggregate_name == "median";
      if (run.error_occurred || (!is_median && run.repetitions > 1)) continue;
      const bool wall = run.run_name.time_type == "real_time";
      measures_[run.run_name.function_name + "_ns"] =
          wall ? run.GetAdjustedRealTime() : run.GetAdjustedCPUTime();
    }
    ConsoleReporter::ReportRuns(runs);
  }

  const Json& measures() const { return measures_; }

 private:
  Json measures_;
};

absl::StatusOr<Findings> run(Options& options) {
  std::vector<char*> arguments;
  for (std::string& text : options.passed_on) arguments.push_back(text.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
    return absl::InvalidArgumentError("Google Benchmark does not know that option");
  }
  MedianReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  Findings findings;
  findings.measures = reporter.measures();  // the benchmarks have printed their table
  return findings;
}

}  // namespace
}  // namespace tocsin::bench::micro

int main(int argc, char** argv) {
  using namespace tocsin::bench;
  using namespace tocsin::bench::micro;
  const Program program = {
      "tocsin-bench-micro", "Google Benchmark of single parts, in nanoseconds",
      "Every option of Google Benchmark works too, --benchmark_filter=seal for example."};
  Options options;
  return run_bench(program, argc, argv, options, [&options] { return run(options); });
}
