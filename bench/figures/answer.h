// Answer: how every bench says what it found: a table, its targets, JSON, an exit code.
//
//   load_targets -> the bench measures -> compare -> print -> write -> exit_code
//                          `-> not_run
//
// What goes wrong on the way is said on standard error, behind the program's name. The table leaves
// standard output to the JSON when that is written there.
//
// Thread: one owner.  Bound: targets_bytes_max.
#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>

#include "figures/targets.h"

namespace tocsin::figures {

inline constexpr int exit_well = 0;
inline constexpr int exit_not_well = 1;  // by what was measured, or by a missed target
inline constexpr int exit_usage = 2;     // the file of targets is part of the usage
inline constexpr int exit_not_run = 3;   // or its answer could not be written

// What a command line says about the answer.
struct AnswerOptions {
  // `targets_section`: unless the command line names another.
  explicit AnswerOptions(std::string targets_section) : section(std::move(targets_section)) {}

  std::string json;  // a file, "-" for standard output, empty for none
  bool check = false;
  std::string targets = "bench/targets.toml";
  std::string section;
};

class Answer {
 public:
  // `program`: its name in complaints.
  Answer(std::string program, AnswerOptions options);

  // Read the targets that --check asks for. False when that fails: exit_usage.
  bool load_targets();

  // Say why nothing was measured; exit_not_run.
  int not_run(const absl::Status& why) const;

  // Find out which targets are missed; none without --check. False when one is no target:
  // exit_usage.
  bool compare(const Measures& measures);
  const std::vector<std::string>& missed() const { return missed_; }

  // Where people read: standard error when the JSON goes to standard output.
  std::FILE* out() const;
  // To out(): the table, a line for each missed target, and with --check one when all are kept.
  void print(const std::string& table) const;
  void list_missed(std::FILE* to) const;

  // Write to a file, to standard output ("-"), or nowhere (""). False when that fails:
  // exit_not_run.
  bool write(const std::string& path, const std::string& text) const;
  // The same, but it is always a file.
  bool write_file(const std::string& path, const std::string& text) const;

  // At the end. `is_well`: what was measured is right, whatever the targets say.
  int exit_code(bool is_well) const;

 private:
  void complain(const std::string& what) const;

  std::string program_;
  AnswerOptions options_;
  TargetSection targets_;
  std::vector<std::string> missed_;
};

}  // namespace tocsin::figures
