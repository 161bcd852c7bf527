#include "harness/bench.h"

#include <cstdio>
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "harness/files.h"
#include "harness/proc.h"
#include "harness/targets.h"

namespace tocsin::bench {
namespace {

ParsedLine wrong_usage(const Program& program, const std::string& complaint) {
  return {false, exit_usage,
          fmt::format("{0}: {1}\nRun {0} --help for more.\n", program.name, complaint)};
}

absl::Status write(const std::string& path, const std::string& text) {
  if (path.empty()) return absl::OkStatus();
  if (path != "-") return write_file(path, text);
  fmt::print("{}", text);
  return absl::OkStatus();
}

Json whole_document(const Findings& findings, const std::vector<std::string>& missed) {
  Json document = {{"format", 1}};
  document.update(findings.document);
  if (document.contains("setting")) {
    document["setting"]["cpu_model"] = cpu_model();
    document["setting"]["kernel"] = kernel_release();
  }
  document["measures"] = findings.measures;
  document["missed_targets"] = missed;
  return document;
}

// The table, and how the targets fared.
void print(std::FILE* out, const Findings& findings, const std::vector<std::string>& missed,
           const AnswerOptions& options, size_t targets) {
  fmt::print(out, "{}", findings.table);
  for (const std::string& line : missed) fmt::print(out, "target missed: {}\n", line);
  if (options.check && missed.empty()) {
    fmt::print(out, "All {} targets of [{}] are kept.\n", targets, options.section);
  }
}

}  // namespace

void BenchOptions::declare_to(CLI::App& app) {
  app_ = &app;
  declare();
  text("--json", answer.json, "Write the results as JSON to this file (- : stdout)");
  flag("--check", answer.check, "Compare the results with the targets");
  value("--targets", answer.targets, "File with the targets");
  value("--section", answer.section, "Section of that file");
}

ParsedLine parse_line(const Program& program, const std::vector<std::string>& arguments,
                      BenchOptions& options) {
  CLI::App app(program.about, program.name);
  app.get_formatter()->column_width(32);
  app.footer(program.footer);
  options.declare_to(app);
  // CLI11 takes the arguments from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::Success&) {
    return {false, exit_well, app.help()};
  } catch (const CLI::ParseError& error) {
    return wrong_usage(program, error.what());
  }
  const std::string complaint = options.finish(app);
  if (!complaint.empty()) return wrong_usage(program, complaint);
  return {true, exit_well, {}};
}

int answer(const Program& program, const AnswerOptions& options,
           const std::function<absl::StatusOr<Findings>()>& measure) {
  const auto complain = [&](const absl::Status& why, int exit_code) {
    fmt::print(stderr, "{}: {}\n", program.name, std::string(why.message()));
    return exit_code;
  };
  absl::StatusOr<TargetSection> targets = TargetSection();
  if (options.check) targets = load_target_section(options.targets, options.section);
  if (!targets.ok()) return complain(targets.status(), exit_usage);
  const absl::StatusOr<Findings> findings = measure();
  if (!findings.ok()) return complain(findings.status(), exit_not_run);
  const std::vector<std::string> missed = missed_targets(*targets, findings->measures);
  print(options.json == "-" ? stderr : stdout, *findings, missed, options, targets->size());
  const Json document = whole_document(*findings, missed);
  absl::Status written = write(options.json, text_of(document));
  if (written.ok() && !findings->page_file.empty()) {
    written = write(findings->page_file, findings->page(document));
  }
  if (!written.ok()) return complain(written, exit_not_run);
  return findings->is_well && missed.empty() ? exit_well : exit_not_well;
}

int run_bench(const Program& program, int argc, char** argv, BenchOptions& options,
              const std::function<absl::StatusOr<Findings>()>& measure) {
  const ParsedLine line = parse_line(program, {argv + 1, argv + argc}, options);
  if (line.run) return answer(program, options.answer, measure);
  fmt::print(line.exit_code == exit_well ? stdout : stderr, "{}", line.text);
  return line.exit_code;
}

}  // namespace tocsin::bench
