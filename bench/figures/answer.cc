#include "figures/answer.h"

#include <fmt/format.h>
#include <fstream>
#include <utility>

namespace tocsin::figures {

Answer::Answer(std::string program, AnswerOptions options)
    : program_(std::move(program)), options_(std::move(options)) {}

bool Answer::load_targets() {
  if (!options_.check) return true;
  absl::StatusOr<TargetSection> loaded = load_target_section(options_.targets, options_.section);
  if (loaded.ok()) {
    targets_ = *std::move(loaded);
  } else {
    complain(std::string(loaded.status().message()));
  }
  return loaded.ok();
}

int Answer::not_run(const absl::Status& why) const {
  complain(std::string(why.message()));
  return exit_not_run;
}

bool Answer::compare(const Measures& measures) {
  absl::StatusOr<std::vector<std::string>> missed = missed_targets(targets_, measures);
  if (missed.ok()) {
    missed_ = *std::move(missed);
  } else {
    complain(std::string(missed.status().message()));
  }
  return missed.ok();
}

std::FILE* Answer::out() const { return options_.json == "-" ? stderr : stdout; }

void Answer::print(const std::string& table) const {
  fmt::print(out(), "{}", table);
  list_missed(out());
  if (options_.check && missed_.empty()) {
    fmt::print(out(), "All {} targets of [{}] are kept.\n", targets_.size(), options_.section);
  }
}

void Answer::list_missed(std::FILE* to) const {
  for (const std::string& line : missed_) fmt::print(to, "target missed: {}\n", line);
}

bool Answer::write(const std::string& path, const std::string& text) const {
  if (path.empty()) return true;
  if (path != "-") return write_file(path, text);
  fmt::print("{}", text);
  return true;
}

bool Answer::write_file(const std::string& path, const std::string& text) const {
  std::ofstream file(path, std::ios::trunc);
  file << text << std::flush;
  if (!file.good()) complain(fmt::format("cannot write {}", path));
  return file.good();
}

int Answer::exit_code(bool is_well) const {
  return is_well && missed_.empty() ? exit_well : exit_not_well;
}

void Answer::complain(const std::string& what) const {
  fmt::print(stderr, "{}: {}\n", program_, what);
}

}  // namespace tocsin::figures
