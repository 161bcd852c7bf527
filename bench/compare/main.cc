// tocsin-bench-compare: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>
#include <vector>

#include "compare/comparison_json.h"
#include "compare/comparison_table.h"
#include "compare/options.h"
#include "compare/run.h"
#include "drill/stop_signal.h"
#include "figures/answer.h"

namespace {

using namespace tocsin::compare;
namespace figures = tocsin::figures;

int compare_main(const Options& options, const std::string& command_line) {
  figures::Answer answer("tocsin-bench-compare", options.answer);
  if (!answer.load_targets()) return figures::exit_usage;
  const tocsin::drill::StopSignal stop;
  const auto comparison = run_comparison(options, command_line, stop);
  if (!comparison.ok()) return answer.not_run(comparison.status());
  if (!answer.compare(measures_of(*comparison))) return figures::exit_usage;
  answer.print(comparison_table(*comparison, TableStyle::plain));
  const std::string markdown = comparison_table(*comparison, TableStyle::markdown);
  const std::string json = comparison_json(*comparison, answer.missed());
  if (!answer.write(options.markdown, markdown) || !answer.write(options.answer.json, json)) {
    return figures::exit_not_run;
  }
  return answer.exit_code(all_well(*comparison));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const ParsedOptions parsed = parse_options(arguments);
  if (parsed.run) {
    return compare_main(parsed.options,
                        fmt::format("tocsin-bench-compare {}", fmt::join(arguments, " ")));
  }
  return figures::show_text(parsed);
}
