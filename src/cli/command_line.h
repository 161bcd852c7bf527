// CommandLine: the tree of commands, in CLI11, and the one that was asked for.
//
// Each file of cli/commands/ adds its own commands to it, with their options and the function that
// runs each. --help, shell completion and parsing all come from this one tree.
//
// Thread: one owner; run() blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/console.h"
#include "cli/session.h"

namespace tocsin::cli {

class CommandLine {
 public:
  // A command that was just added, and where its options store their values. Both live as long as
  // the tree.
  template <typename Options>
  struct Added {
    CLI::App& command;
    Options& options;
  };
  template <typename Options>
  using Run = int (*)(const Session& session, const Options& options);

  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CLI::App& root() { return root_; }
  GlobalOptions& options() { return options_; }

  // A word such as `device` that needs another one after it.
  CLI::App& add_noun(const char* name, const char* help);

  // A command of `parent` that calls the server with the key of `key`.
  CLI::App& add(CLI::App& parent, const char* name, const char* help, KeyOf key,
                std::function<int(const Session&)> run);
  template <typename Options>
  Added<Options> add(CLI::App& parent, const char* name, const char* help, KeyOf key,
                     Run<Options> run) {
    const auto options = std::make_shared<Options>();
    CLI::App& command = add(parent, name, help, key, [run, options](const Session& session) {
      return run(session, *options);
    });
    return {command, *options};
  }

  // The same for a command about an app, which is named by --app.
  CLI::App& add_on_app(CLI::App& parent, const char* name, const char* help,
                       std::function<int(const Session&)> run);
  template <typename Options>
  Added<Options> add_on_app(CLI::App& parent, const char* name, const char* help,
                            Run<Options> run) {
    const auto added = add(parent, name, help, KeyOf::app, run);
    add_app(added.command);
    return added;
  }

  // A command that needs no server.
  CLI::App& add_offline(CLI::App& parent, const char* name, const char* help,
                        std::function<int(Console)> run);

  // Do what `words` (without the program's name) say. Returns the exit code; writes to `console`
  // the help that was asked for, or what is wrong with the words.
  int run(const std::vector<std::string>& words, Console console);

 private:
  void add_app(CLI::App& command);

  GlobalOptions options_;
  CLI::App root_;
  std::function<int(Console)> chosen_;
};

}  // namespace tocsin::cli
