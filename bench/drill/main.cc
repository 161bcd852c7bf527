// tocsin-drill: see options.cc for what it can be asked and bench/README.md for what it answers.
#include <charconv>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <vector>

#include "drill/drill.h"
#include "drill/html_report.h"
#include "drill/options.h"
#include "drill/report_json.h"
#include "drill/report_table.h"
#include "drill/stop_signal.h"
#include "drill/worker.h"
#include "figures/answer.h"

namespace {

using namespace tocsin::drill;
namespace figures = tocsin::figures;

int worker_main(const std::vector<std::string>& arguments) {
  int fds[2] = {-1, -1};
  for (size_t i = 0; i < 2 && arguments.size() == 3; ++i) {
    const std::string& text = arguments[i + 1];
    std::from_chars(text.data(), text.data() + text.size(), fds[i]);
  }
  if (fds[0] < 0 || fds[1] < 0) {
    fmt::print(stderr, "tocsin-drill: worker is for the drill itself\n");
    return figures::exit_usage;
  }
  return run_worker(fds[0], fds[1]);
}

int drill_main(const Options& options) {
  figures::Answer answer("tocsin-drill", options.answer);
  if (!answer.load_targets()) return figures::exit_usage;
  const StopSignal stop;
  const absl::StatusOr<Report> report = run_drill(options, stop);
  if (!report.ok()) return answer.not_run(report.status());
  if (!answer.compare(measures_of(*report))) return figures::exit_usage;
  answer.print(report_table(*report));
  if (!answer.write(options.answer.json, report_json(*report, answer.missed()))) {
    return figures::exit_not_run;
  }
  if (!options.html.empty() &&
      !answer.write_file(options.html, html_report(*report, answer.missed()))) {
    return figures::exit_not_run;
  }
  return answer.exit_code(all_well(*report));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == worker_command) return worker_main(arguments);
  const ParsedOptions parsed = parse_options(arguments);
  if (parsed.run) return drill_main(parsed.options);
  return figures::show_text(parsed);
}
