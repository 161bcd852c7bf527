// What the command line takes and says, without a server.
#include "cli/command_line.h"

#include <fmt/format.h>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands/commands.h"
#include "cli/exit_code.h"
#include "cli/run.h"
#include "cli/unknown_command.h"

namespace tocsin::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::PrintToString;
using ::testing::StartsWith;

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

Outcome run_words(const std::vector<std::string>& words) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run(words, {out, err});
  return {code, out.str(), err.str()};
}

TEST(CommandLine, WrongUsageIsSaid) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {},
           {"nothing"},
           {"app"},
           {"app", "create"},
           {"send", "--everyone"},
           {"send", "--app", "demo"},
           {"send", "--app", "d", "--tag", "t", "--everyone"},
           {"send", "--app", "d", "--tag", "t", "--ttl", "5"},
           {"send", "--app", "d", "--tag", "t", "--data", "x"},
           {"send", "--app", "d", "--tag", "t", "--data", "=x"},
           {"send", "--app", "d", "--tag", "t", "--priority", "x"},
           {"send", "--app", "d", "--tag", "t", "--at", "tomorrow"},
           {"send", "--app", "d", "--tag", "t", "--at", "1h", "--wait"},
           {"send", "--app", "d", "--tag", "t", "--dry-run", "--wait"},
           {"send", "--app", "d", "--tag", "t", "--badge", "-1"},
           {"batch", "--app", "d"},
           {"messages", "--app", "d", "--label", "l", "--group", "g"},
           {"messages", "--app", "d", "--limit", "0"},
           {"report", "--app", "demo"},
           {"schedule"},
           {"schedule", "move", "--app", "d", "m"},
           {"device", "show", "--app", "d"},
           {"device", "list"},
           {"app", "set", "d"},
           {"app", "set", "d", "--everyone-needs-release", "perhaps"},
           {"key", "create", "--app", "d", "k"},
           {"key", "create", "--app", "d", "k", "--scope", "all"},
           {"key", "rotate", "--app", "d", "k", "--overlap", "5"},
           {"webhook", "delete", "--app", "d"},
           {"webhook", "delete", "--app", "d", "1", "2"},
           {"webhook", "show"},
           {"completion", "fish"}}) {
    const Outcome outcome = run_words(words);
    EXPECT_EQ(outcome.code, ExitCode::usage) << PrintToString(words);
    EXPECT_NE(outcome.err, "") << PrintToString(words);
    EXPECT_EQ(outcome.out, "") << PrintToString(words);
  }
}

TEST(CommandLine, HelpTellsTheExitCodes) {
  const Outcome outcome = run_words({"--help"});
  EXPECT_EQ(outcome.code, ExitCode::ok);
  EXPECT_THAT(outcome.out, HasSubstr("Exit codes: 0 done; 1 the server refused"));
  EXPECT_THAT(outcome.out, HasSubstr("tocsin send --app demo"));
}

TEST(CommandLine, TellsItsVersion) {
  const Outcome outcome = run_words({"--version"});
  EXPECT_EQ(outcome.code, ExitCode::ok);
  EXPECT_THAT(outcome.out, MatchesRegex("tocsin [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(outcome.err, "");
}

TEST(CommandLine, AMistypedCommandIsGuessed) {
  const std::string hint = "\nRun with --help for more information.\n";
  for (const auto& [words, said] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"snd"}, "unknown command 'snd'; did you mean 'send'?"},
           {{"snd", "--app", "d", "--everyone"}, "unknown command 'snd'; did you mean 'send'?"},
           {{"--server", "send", "--json", "snd"}, "unknown command 'snd'; did you mean 'send'?"},
           {{"--server=x", "backups"}, "unknown command 'backups'; did you mean 'backup'?"},
           {{"device", "lst", "--app", "d"},
            "unknown command 'device lst'; did you mean 'device list'?"},
           {{"device", "--key", "show", "x"}, "unknown command 'device x'"},
           {{"frobnicate"}, "unknown command 'frobnicate'"},
           {{""}, "unknown command ''"}}) {
    const Outcome outcome = run_words(words);
    EXPECT_EQ(outcome.code, ExitCode::usage) << PrintToString(words);
    EXPECT_EQ(outcome.err, said + hint) << PrintToString(words);
  }
  EXPECT_THAT(run_words({"app", "create"}).err, StartsWith("NAME is required"));
  EXPECT_THAT(run_words({}).err, StartsWith("A subcommand is required"));
  EXPECT_THAT(run_words({"app"}).err, StartsWith("A subcommand is required"));
}

TEST(CommandLine, WordsHaveADistance) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
  EXPECT_EQ(edit_distance("snd", "send"), 1u);
  EXPECT_EQ(edit_distance("sned", "send"), 2u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

// The help of `command`, which `words` name, and of all below it. Returns how many those are.
size_t check_help(CLI::App& command, std::vector<std::string> words) {
  words.push_back("--help");
  const Outcome outcome = run_words(words);
  EXPECT_EQ(outcome.code, ExitCode::ok) << PrintToString(words);
  EXPECT_EQ(outcome.err, "") << PrintToString(words);
  EXPECT_THAT(outcome.out, StartsWith(command.get_description())) << PrintToString(words);
  size_t checked = 1;
  for (CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    const bool is_group = below->get_name().empty();
    EXPECT_THAT(outcome.out, HasSubstr(is_group ? below->get_group() : below->get_name()));
    for (const CLI::Option* option :
         is_group ? below->get_options() : std::vector<CLI::Option*>()) {
      EXPECT_THAT(outcome.out, ContainsRegex("[ ,]" + option->get_name() + "[ \n]"))
          << PrintToString(words);
    }
    if (is_group) continue;
    words.back() = below->get_name();
    checked += check_help(*below, words);
  }
  for (const CLI::Option* option : command.get_options()) {
    EXPECT_THAT(outcome.out, ContainsRegex("[ ,]" + option->get_name() + "[ \n]"))
        << PrintToString(words);
    EXPECT_THAT(outcome.out, HasSubstr(option->get_description())) << PrintToString(words);
  }
  return checked;
}

TEST(CommandLine, EveryCommandHasHelp) {
  CommandLine line;
  add_commands(line);
  EXPECT_GE(check_help(line.root(), {}), 40u);
}

}  // namespace
}  // namespace tocsin::cli
