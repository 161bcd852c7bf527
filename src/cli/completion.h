// Shell completion for `tocsin`, made from its tree of commands: a command or option that is added
// is completed without more.
//
// Thread: pure functions.
#pragma once

#include <string>

#include <CLI/App.hpp>

namespace tocsin::cli {

// What `shell`, "bash" or "zsh", is to source: it completes commands, options, the values of those
// that have a fixed set of them, and the names of files (cli/options.h).
std::string completion_of(CLI::App& root, const std::string& shell);

}  // namespace tocsin::cli
