// Shell completion for `tocsin`, made from its tree of commands: a new command or option is
// completed without further work.
//
// Thread: pure functions.
#pragma once

#include <string>

#include <CLI/App.hpp>

namespace tocsin::cli {

// The script for `shell`, "bash" or "zsh", to source: it completes commands, options, the values of
// options that have a fixed set of them, and file names (cli/options.h).
std::string completion_of(CLI::App& root, const std::string& shell);

}  // namespace tocsin::cli
