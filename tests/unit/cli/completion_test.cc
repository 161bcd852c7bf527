#include "cli/completion.h"

#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line.h"
#include "cli/commands/commands.h"

namespace tocsin::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> list_of(const std::string& words) {
  std::istringstream in(words);
  return {std::istream_iterator<std::string>(in), {}};
}

// What a script offers in each command, by its path: " device list".
std::map<std::string, std::set<std::string>> offers_of(const std::string& script) {
  std::map<std::string, std::set<std::string>> offers;
  const std::regex offer("\n    \"([^\"]*)\"\\) words=\"([^\"]*)\"");
  for (std::sregex_iterator at(script.begin(), script.end(), offer), end; at != end; ++at) {
    const std::vector<std::string> words = list_of((*at)[2]);
    offers[(*at)[1]].insert(words.begin(), words.end());
  }
  return offers;
}

// The long options of `command`, in its groups too.
void add_options(CLI::App& command, std::set<std::string>& options) {
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) options.insert("--" + name);
  }
  for (CLI::App* group : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (group->get_name().empty()) add_options(*group, options);
  }
}

// The same of the tree: commands and options, but for those that may stand anywhere.
void walk(CLI::App& command, const std::string& path,
          std::map<std::string, std::set<std::string>>& offers) {
  std::set<std::string>& words = offers[path];
  if (!path.empty()) add_options(command, words);
  words.erase("--help");
  for (CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (below->get_name().empty()) continue;
    words.insert(below->get_name());
    walk(*below, path + " " + below->get_name(), offers);
  }
}

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() {
    add_commands(line_);
    char folder[] = "/tmp/tocsin-completion-XXXXXX";
    folder_ = mkdtemp(folder);
    std::ofstream(folder_ + "/script") << completion_of(line_.root(), "bash");
    std::ofstream(folder_ + "/messages.jsonl") << "";
  }
  ~CompletionTest() override { std::filesystem::remove_all(folder_); }

  // What bash offers for the last of `words`.
  std::vector<std::string> complete(const std::vector<std::string>& words) {
    std::string quoted = "tocsin";
    for (const std::string& word : words) quoted += fmt::format(" '{}'", word);
    std::ofstream(folder_ + "/try") << fmt::format(
        "source {}/script\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_tocsin\n"
        "for word in \"${{COMPREPLY[@]}}\"; do echo \"$word\"; done\n",
        folder_, quoted, words.size());
    FILE* bash = popen(fmt::format("bash -u {}/try 2>&1", folder_).c_str(), "r");
    std::string out;
    for (int c = std::fgetc(bash); c != EOF; c = std::fgetc(bash)) out += static_cast<char>(c);
    EXPECT_EQ(pclose(bash), 0) << out;
    return list_of(out);
  }

  CommandLine line_;
  std::string folder_;
};

TEST_F(CompletionTest, KnowsEveryCommandAndOption) {
  std::map<std::string, std::set<std::string>> wanted;
  walk(line_.root(), "", wanted);
  wanted[" completion"] = {"bash", "zsh"};
  EXPECT_EQ(offers_of(completion_of(line_.root(), "bash")), wanted);
  EXPECT_GE(wanted.size(), 40u);
  std::set<std::string> anywhere;
  add_options(line_.root(), anywhere);
  for (const auto& [path, words] : wanted) {
    std::vector<std::string> typed = list_of(path);
    typed.push_back("--");
    const std::vector<std::string> offered = complete(typed);
    for (const std::string& option : anywhere) {
      EXPECT_THAT(offered, ::testing::Contains(option)) << path;
    }
  }
}

TEST_F(CompletionTest, CompletesCommandsWhereTheyStand) {
  EXPECT_THAT(complete({"sen"}), ElementsAre("send"));
  EXPECT_THAT(complete({"device", ""}), ::testing::Contains("list"));
  EXPECT_THAT(complete({"device", "l"}), ElementsAre("list"));
  EXPECT_THAT(complete({"--json", "sta"}), ElementsAre("status"));
  EXPECT_THAT(complete({"--key", "device", "webhook", "dead"}), ElementsAre("dead-letters"));
  EXPECT_THAT(complete({"send", "devi"}), IsEmpty());
}

TEST_F(CompletionTest, CompletesOptionsOfTheCommand) {
  EXPECT_THAT(complete({"device", "list", "--app", "show", "--a"}),
              UnorderedElementsAre("--app", "--audience", "--all"));
  EXPECT_THAT(complete({"schedule", "move", "--a"}), UnorderedElementsAre("--app", "--at"));
  EXPECT_THAT(complete({"schedule", "list", "--a"}), ElementsAre("--app"));
  EXPECT_THAT(complete({"send", "--canary-"}),
              UnorderedElementsAre("--canary-watch", "--canary-delivered"));
}

TEST_F(CompletionTest, CompletesValuesThatAreOneOfFew) {
  EXPECT_THAT(complete({"send", "--app", "d", "--priority", ""}),
              ElementsAre("low", "normal", "high", "alert"));
  EXPECT_THAT(complete({"key", "create", "--scope", "s"}), ElementsAre("send"));
  EXPECT_THAT(complete({"app", "set", "d", "--everyone-needs-release", ""}),
              ElementsAre("true", "false"));
  EXPECT_THAT(complete({"completion", "b"}), ElementsAre("bash"));
}

TEST_F(CompletionTest, CompletesNamesOfFiles) {
  const std::string begun = folder_ + "/mess";
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"batch", begun},
                                             {"batch", "--app", "d", begun},
                                             {"send", "--to-file", begun},
                                             {"--profile", begun},
                                             {"device", "list", "--profile", begun},
                                             {"status", "--ca", begun}}) {
    EXPECT_THAT(complete(words), ElementsAre(folder_ + "/messages.jsonl"))
        << ::testing::PrintToString(words);
  }
  EXPECT_THAT(complete({"batch", "--a"}), ElementsAre("--app"));
  EXPECT_THAT(complete({"send", "--tag", begun}), IsEmpty());
}

TEST_F(CompletionTest, ZshRunsThatOfBash) {
  const std::string zsh = completion_of(line_.root(), "zsh");
  EXPECT_THAT(zsh, EndsWith(completion_of(line_.root(), "bash")));
  EXPECT_THAT(zsh, ::testing::HasSubstr("bashcompinit"));
}

}  // namespace
}  // namespace tocsin::cli
