// The message for an unknown word where a command is expected, with the command it may have meant.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tocsin::cli {

// "unknown command 'snd'; did you mean 'send'?", without the question when no command of `root` is
// similar; "" when the commands in `words` are known.
std::string unknown_command(CLI::App& root, const std::vector<std::string>& words);

}  // namespace tocsin::cli
