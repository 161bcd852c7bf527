// tocsin-bench-micro: Google Benchmark of single parts, with the house's --json and --check.
//
//   tocsin-bench-micro [--json FILE] [--check] [--targets FILE] [--section NAME] [--benchmark_...]
//
// --json writes Google Benchmark's own format. A measure is a benchmark's name with _ns behind it:
// its median over the repetitions (5 unless told otherwise), CPU time where the benchmark has one
// thread and wall time where it has two.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "figures/answer.h"
#include "figures/targets.h"

namespace {

using namespace tocsin;

constexpr char usage[] =
    "tocsin-bench-micro [--json FILE] [--check] [--targets FILE] [--section NAME] "
    "[--benchmark_...]\n"
    "  --json FILE     write the results in Google Benchmark's format\n"
    "  --check         compare the medians with the targets; exit code 1 and a line per miss\n"
    "  --targets FILE  default bench/targets.toml\n"
    "  --section NAME  default micro\n"
    "Every option of Google Benchmark works too, --benchmark_filter=seal for example.\n";

struct Options {
  bool help = false;
  bool wrong = false;
  figures::AnswerOptions answer{"micro"};  // no JSON: Google Benchmark writes it
  // What Google Benchmark is to see; later ones win.
  std::vector<std::string> passed_on = {"tocsin-bench-micro", "--benchmark_repetitions=5",
                                        "--benchmark_report_aggregates_only=true"};
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool takes_value =
        argument == "--json" || argument == "--targets" || argument == "--section";
    if (takes_value && i + 1 == argc) {
      options.wrong = true;
    } else if (argument == "--json") {
      options.passed_on.push_back(fmt::format("--benchmark_out={}", argv[++i]));
      options.passed_on.push_back("--benchmark_out_format=json");
    } else if (argument == "--targets") {
      options.answer.targets = argv[++i];
    } else if (argument == "--section") {
      options.answer.section = argv[++i];
    } else if (argument == "--check") {
      options.answer.check = true;
    } else if (argument == "--help") {
      options.help = true;
    } else if (argument.starts_with("--benchmark_") || argument.starts_with("--v=")) {
      options.passed_on.push_back(argument);
    } else {
      options.wrong = true;
    }
  }
  return options;
}

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

  const figures::Measures& measures() const { return measures_; }

 private:
  figures::Measures measures_;
};

int run(const Options& options) {
  figures::Answer answer("tocsin-bench-micro", options.answer);
  if (!answer.load_targets()) return figures::exit_usage;
  std::vector<std::string> texts = options.passed_on;
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return figures::exit_usage;
  MedianReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  if (!answer.compare(reporter.measures())) return figures::exit_usage;
  answer.print({});  // the benchmarks have printed theirs
  return answer.exit_code(true);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (options.help || options.wrong) {
    fmt::print(options.help ? stdout : stderr, "{}", usage);
    return options.help ? figures::exit_well : figures::exit_usage;
  }
  return run(options);
}
