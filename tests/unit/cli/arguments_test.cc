#include "cli/arguments.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_code.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;

struct Parsed {
  int code;
  Arguments arguments;
  std::string out;
  std::string err;
};

Parsed parse(const std::vector<std::string>& words) {
  std::ostringstream out;
  std::ostringstream err;
  Parsed parsed;
  parsed.code = parse_arguments(words, {out, err}, parsed.arguments);
  parsed.out = out.str();
  parsed.err = err.str();
  return parsed;
}

TEST(Arguments, Send) {
  const Parsed parsed = parse(
      {"send",  "--app",  "demo",      "--device", "a",      "--device", "b",        "--title",
       "T",     "--data", "k=v=w",     "--data",   "e=",     "--ttl",    "1h",       "--priority",
       "alert", "--wait", "--timeout", "2m",       "--json", "--server", "https://h"});
  ASSERT_EQ(parsed.code, ExitCode::ok) << parsed.err;
  const Arguments& arguments = parsed.arguments;
  EXPECT_EQ(arguments.command, Command::send);
  EXPECT_EQ(arguments.app, "demo");
  EXPECT_EQ(arguments.devices, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(arguments.data,
            (std::vector<std::pair<std::string, std::string>>{{"k", "v=w"}, {"e", ""}}));
  EXPECT_EQ(arguments.ttl, "3600s");
  EXPECT_EQ(arguments.priority, "alert");
  EXPECT_TRUE(arguments.wait);
  EXPECT_EQ(arguments.wait_s_max, 120u);
  EXPECT_TRUE(arguments.json);
  EXPECT_EQ(arguments.server, "https://h");
}

TEST(Arguments, TheOtherCommands) {
  EXPECT_EQ(parse({"app", "create", "demo"}).arguments.command, Command::app_create);
  EXPECT_EQ(parse({"app", "create", "demo"}).arguments.app, "demo");
  EXPECT_EQ(parse({"app", "list"}).arguments.command, Command::app_list);
  EXPECT_EQ(parse({"--json", "status"}).arguments.command, Command::status);
  const Parsed report = parse({"report", "--app", "demo", "00ff", "--watch"});
  EXPECT_EQ(report.arguments.command, Command::report);
  EXPECT_EQ(report.arguments.message, "00ff");
  EXPECT_TRUE(report.arguments.watch);
}

TEST(Arguments, WrongUsageIsSaid) {
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
           {"report", "--app", "demo"},
           {"completion", "fish"}}) {
    const Parsed parsed = parse(words);
    EXPECT_EQ(parsed.code, ExitCode::usage) << ::testing::PrintToString(words);
    EXPECT_NE(parsed.err, "") << ::testing::PrintToString(words);
  }
}

TEST(Arguments, HelpTellsTheExitCodes) {
  const Parsed parsed = parse({"--help"});
  EXPECT_EQ(parsed.code, ExitCode::ok);
  EXPECT_EQ(parsed.arguments.command, Command::none);
  EXPECT_THAT(parsed.out, HasSubstr("Exit codes: 0 done; 1 the server refused"));
  EXPECT_THAT(parsed.out, HasSubstr("tocsin send --app demo"));
}

}  // namespace
}  // namespace tocsin::cli
