// Bench: what every bench program does: read its command line, measure, and say what it found: a
// table, its targets, JSON, an exit code.
//
//   arguments -> options, finish() -> (targets) -> measure -> Findings -> table, JSON, exit code
//                    `-> --help, wrong usage             `-> not run
//
// What goes wrong on the way is said on standard error, after the program's name. The table leaves
// standard output to the JSON when that is written there.
//
// Thread: the main thread.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <absl/status/statusor.h>

#include "harness/json.h"

namespace tocsin::bench {

inline constexpr int exit_well = 0;
inline constexpr int exit_not_well = 1;  // by what was measured, or by a missed target
inline constexpr int exit_usage = 2;     // the file of targets is part of the usage
inline constexpr int exit_not_run = 3;   // or its answer could not be written

// What a command line says about the answer.
struct AnswerOptions {
  std::string section;    // of the targets
  std::string json = {};  // a file, "-" for standard output, empty for none
  bool check = false;
  std::string targets = "bench/targets.toml";
};

// What a bench can be asked. Each has a class of its own.
class BenchOptions {
 public:
  explicit BenchOptions(std::string section) : answer{std::move(section)} {}
  virtual ~BenchOptions() = default;

  // Tell `app` of all of them, and in the end of those of the answer.
  void declare_to(CLI::App& app);
  // Called when a line has been read. A complaint about options that do not fit together; empty:
  // they do.
  virtual std::string finish(const CLI::App&) { return {}; }

  // Whether a bench of several parts is to do this one.
  bool has(const std::string& part) const {
    return std::find(parts.begin(), parts.end(), part) != parts.end();
  }

  AnswerOptions answer;
  std::vector<std::string> parts;  // those that are asked for; before that all there are

 protected:
  // A call of one of those below for each; with its default in --help, if it has one.
  virtual void declare() = 0;

  template <typename Value>
  CLI::Option* value(const std::string& names, Value& to, const std::string& what) {
    return app_->add_option(names, to, what)->capture_default_str();
  }
  template <typename Number>
  CLI::Option* number(const std::string& names, Number& to, uint64_t min, uint64_t max,
                      const std::string& what) {
    return value(names, to, what)
        ->check(CLI::Range(static_cast<Number>(min), static_cast<Number>(max)));
  }
  template <typename Value>
  CLI::Option* text(const std::string& names, Value& to, const std::string& what) {
    return app_->add_option(names, to, what);
  }
  CLI::Option* flag(const std::string& names, bool& to, const std::string& what) {
    return app_->add_flag(names, to, what);
  }
  // The path of a tocsind to start, and arguments for it.
  CLI::Option* spawned(std::string& server, std::vector<std::string>& arguments,
                       const std::string& what) {
    CLI::Option* spawn = text("--spawn", server, what);
    text("--spawn-arg", arguments, "One more argument for that tocsind; may be given again")
        ->needs(spawn)
        ->allow_extra_args(false);
    return spawn;
  }
  void some_parts(const std::string& what) {
    value("--parts", parts, what)->delimiter(',')->check(CLI::IsMember(parts));
  }

  CLI::App* app_ = nullptr;  // that is told
};

struct Program {
  std::string name;
  std::string about;
  std::string footer;  // examples and exit codes, below the options in --help
};

// What reading a command line came to.
struct ParsedLine {
  bool run = false;           // false: print `text` and exit with `exit_code`
  int exit_code = exit_well;  // after --help; exit_usage when the usage is wrong
  std::string text;
};

// Read the arguments after the program's name.
ParsedLine parse_line(const Program& program, const std::vector<std::string>& arguments,
                      BenchOptions& options);

// What a bench found out.
struct Findings {
  bool is_well = true;             // what was measured is right, whatever the targets say
  Json measures = Json::object();  // by the names that targets have; null: not measured
  std::string table = {};          // for people
  Json document = Json::object();  // of the JSON document; format, what machine it was in its
                                   // setting, measures and missed targets are added to it
  std::string page_file = {};      // one more file to write; empty: none
  std::function<std::string(const Json& document)> page = {};  // what goes into it
};

// Measure, and answer as the options say. The exit code.
int answer(const Program& program, const AnswerOptions& options,
           const std::function<absl::StatusOr<Findings>()>& measure);

// All of the above: what main() returns.
int run_bench(const Program& program, int argc, char** argv, BenchOptions& options,
              const std::function<absl::StatusOr<Findings>()>& measure);
template <typename Options>
int run_bench(const Program& program, int argc, char** argv,
              absl::StatusOr<Findings> (*measure)(const Options&)) {
  Options options;
  return run_bench(program, argc, argv, options, [&] { return measure(options); });
}

}  // namespace tocsin::bench
