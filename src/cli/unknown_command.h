// What is wrong when a word stands where a command is expected: which one was meant.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

namespace tocsin::cli {

// "unknown command 'snd'; did you mean 'send'?", without the question when no command of `root` is
// near; "" when the commands in `words` are known.
std::string unknown_command(CLI::App& root, const std::vector<std::string>& words);

// How many letters to add, take away or change until one word is the other.
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace tocsin::cli
