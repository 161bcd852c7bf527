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

#include "drill/targets.h"

namespace {

using namespace tocsin;

constexpr int exit_well = 0;
constexpr int exit_not_well = 1;
constexpr int exit_usage = 2;

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
  bool check = false;
  std::string targets = "bench/targets.toml";
  std::string section = "micro";
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
      options.targets = argv[++i];
    } else if (argument == "--section") {
      options.section = argv[++i];
    } else if (argument == "--check") {
      options.check = true;
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

  const drill::Measures& measures() const { return measures_; }

 private:
  drill::Measures measures_;
};

int complain(const std::string& what) {
  fmt::print(stderr, "tocsin-bench-micro: {}\n", what);
  return exit_usage;
}

int run(const Options& options) {
  drill::TargetSection targets;
  if (options.check) {
    auto loaded = drill::load_target_section(options.targets, options.section);
    if (!loaded.ok()) return complain(std::string(loaded.status().message()));
    targets = *std::move(loaded);
  }
  std::vector<std::string> texts = options.passed_on;
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return exit_usage;
  MedianReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  const auto missed = drill::missed_targets(targets, reporter.measures());
  if (!missed.ok()) return complain(std::string(missed.status().message()));
  for (const std::string& line : *missed) fmt::print("target missed: {}\n", line);
  if (options.check && missed->empty()) {
    fmt::print("All {} targets of [{}] are kept.\n", targets.size(), options.section);
  }
  return missed->empty() ? exit_well : exit_not_well;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (options.help || options.wrong) {
    fmt::print(options.help ? stdout : stderr, "{}", usage);
    return options.help ? exit_well : exit_usage;
  }
  return run(options);
}
