#include "cli/arguments.h"

#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/completion.h"
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

TEST(Arguments, SendInAllItsForms) {
  const Parsed parsed = parse({"send",
                               "--app",
                               "demo",
                               "--everyone",
                               "--exclude",
                               "tag:a",
                               "--title-loc-key",
                               "hello",
                               "--title-loc-arg",
                               "[x]",
                               "--title-loc-arg",
                               "",
                               "--body-loc-key",
                               "b",
                               "--body-loc-arg",
                               "1",
                               "--image",
                               "https://i",
                               "--click",
                               "app://c",
                               "--badge",
                               "0",
                               "--sound",
                               "s",
                               "--channel",
                               "c",
                               "--label",
                               "l",
                               "--group",
                               "g",
                               "--release",
                               "r",
                               "--idempotency-key",
                               "k",
                               "--at",
                               "10m",
                               "--dry-run"});
  ASSERT_EQ(parsed.code, ExitCode::ok) << parsed.err;
  const Arguments& arguments = parsed.arguments;
  EXPECT_EQ(arguments.exclude, "tag:a");
  EXPECT_EQ(arguments.presentation.title_loc_key, "hello");
  EXPECT_EQ(arguments.presentation.title_loc_args, (std::vector<std::string>{"[x]", ""}));
  EXPECT_EQ(arguments.presentation.body_loc_key, "b");
  EXPECT_EQ(arguments.presentation.body_loc_args, std::vector<std::string>{"1"});
  EXPECT_EQ(arguments.presentation.image, "https://i");
  EXPECT_EQ(arguments.presentation.click_action, "app://c");
  EXPECT_EQ(arguments.presentation.badge, 0u);
  EXPECT_EQ(arguments.presentation.sound, "s");
  EXPECT_EQ(arguments.presentation.channel, "c");
  EXPECT_EQ(arguments.label, "l");
  EXPECT_EQ(arguments.group, "g");
  EXPECT_EQ(arguments.release, "r");
  EXPECT_EQ(arguments.idempotency_key, "k");
  EXPECT_EQ(arguments.at, "10m");
  EXPECT_TRUE(arguments.dry_run);
}

TEST(Arguments, AppSettingsAreThoseGiven) {
  const Parsed parsed = parse({"app", "set", "demo", "--sends-per-s", "0", "--live-casts-max", "5",
                               "--everyone-needs-release", "false"});
  ASSERT_EQ(parsed.code, ExitCode::ok) << parsed.err;
  EXPECT_EQ(parsed.arguments.command, Command::app_set);
  EXPECT_EQ(parsed.arguments.app, "demo");
  EXPECT_EQ(parsed.arguments.settings.sends_per_s, 0u);
  EXPECT_EQ(parsed.arguments.settings.live_casts_max, 5u);
  EXPECT_EQ(parsed.arguments.settings.everyone_needs_release, false);
  EXPECT_EQ(parsed.arguments.settings.send_burst, std::nullopt);
  EXPECT_EQ(parsed.arguments.settings.payload_bytes_max, std::nullopt);
}

TEST(Arguments, Keys) {
  const Parsed create = parse({"key", "create", "--app", "demo", "--scope", "send,Alert", "--scope",
                               "read", "billing", "--label", "l", "--lifetime", "1d"});
  ASSERT_EQ(create.code, ExitCode::ok) << create.err;
  EXPECT_EQ(create.arguments.command, Command::key_create);
  EXPECT_EQ(create.arguments.key_id, "billing");
  EXPECT_EQ(create.arguments.scopes.size(), 3u);
  EXPECT_EQ(create.arguments.lifetime_s, 86400u);
  const Parsed rotate = parse({"key", "rotate", "--app", "demo", "billing", "--overlap", "1h"});
  EXPECT_EQ(rotate.arguments.command, Command::key_rotate);
  EXPECT_EQ(rotate.arguments.overlap_s, 3600u);
  EXPECT_EQ(parse({"key", "list", "--app", "demo"}).arguments.command, Command::key_list);
  EXPECT_EQ(parse({"key", "revoke", "--app", "demo", "b"}).arguments.command, Command::key_revoke);
}

TEST(Arguments, Listings) {
  const Parsed messages = parse({"messages", "--app", "demo", "--label", "l", "--limit", "300"});
  EXPECT_EQ(messages.arguments.command, Command::messages);
  EXPECT_EQ(messages.arguments.label, "l");
  EXPECT_EQ(messages.arguments.limit, 300u);
  const Parsed devices = parse({"device", "list", "--app", "demo", "--audience", "tag:a", "--all"});
  EXPECT_EQ(devices.arguments.command, Command::device_list);
  EXPECT_EQ(devices.arguments.audience, "tag:a");
  EXPECT_TRUE(devices.arguments.all);
  EXPECT_EQ(parse({"schedule", "list", "--app", "d"}).arguments.command, Command::schedule_list);
}

TEST(Arguments, TheOtherCommands) {
  const Parsed move = parse({"schedule", "move", "--app", "d", "00ff", "--at", "1h"});
  EXPECT_EQ(move.arguments.command, Command::schedule_move);
  EXPECT_EQ(move.arguments.message, "00ff");
  EXPECT_EQ(parse({"schedule", "show", "--app", "d", "m"}).arguments.command,
            Command::schedule_show);
  EXPECT_EQ(parse({"schedule", "delete", "--app", "d", "m"}).arguments.command,
            Command::schedule_delete);
  EXPECT_EQ(parse({"device", "show", "--app", "d", "i"}).arguments.command, Command::device_show);
  EXPECT_EQ(parse({"batch", "--app", "d", "-"}).arguments.file, "-");
  EXPECT_EQ(parse({"app", "show", "d"}).arguments.command, Command::app_show);
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

// The words of a command's help that begin with "--".
std::set<std::string> options_in(const std::string& help) {
  std::set<std::string> options;
  const std::regex option("--[a-z]+(-[a-z]+)*");
  for (std::sregex_iterator at(help.begin(), help.end(), option), end; at != end; ++at) {
    options.insert(at->str());
  }
  return options;
}

TEST(Arguments, Webhook) {
  EXPECT_EQ(parse({"webhook", "show", "--app", "d"}).arguments.command, Command::webhook_show);
  EXPECT_EQ(parse({"webhook", "test", "--app", "d"}).arguments.command, Command::webhook_test);
  EXPECT_EQ(parse({"webhook", "dead-letters", "--app", "d"}).arguments.command,
            Command::dead_letter_list);
  const Parsed retry = parse({"webhook", "retry", "--app", "d", "1", "2"});
  EXPECT_EQ(retry.arguments.command, Command::dead_letter_retry);
  EXPECT_EQ(retry.arguments.dead_letters, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(parse({"webhook", "retry", "--app", "d"}).code, ExitCode::ok);
  EXPECT_EQ(parse({"webhook", "delete", "--app", "d", "1"}).arguments.command,
            Command::dead_letter_delete);
  EXPECT_EQ(parse({"webhook", "delete", "--app", "d"}).code, ExitCode::usage);
  EXPECT_EQ(parse({"webhook", "show"}).code, ExitCode::usage);
  const Parsed set = parse({"app", "set", "d", "--webhook-url", ""});
  EXPECT_EQ(set.code, ExitCode::ok) << set.err;
  EXPECT_EQ(set.arguments.settings.webhook_url, "");
}

TEST(Arguments, CompletionKnowsEveryOption) {
  const std::set<std::string> known = options_in(bash_completion);
  const std::vector<std::vector<std::string>> commands = {{},
                                                          {"send"},
                                                          {"batch"},
                                                          {"messages"},
                                                          {"report"},
                                                          {"recall"},
                                                          {"why"},
                                                          {"schedule", "move"},
                                                          {"count"},
                                                          {"app", "set"},
                                                          {"webhook", "show"},
                                                          {"webhook", "retry"},
                                                          {"audience", "change"},
                                                          {"device", "list"},
                                                          {"backup"},
                                                          {"device", "update"},
                                                          {"user", "delete"},
                                                          {"key", "create"},
                                                          {"key", "rotate"}};
  for (std::vector<std::string> words : commands) {
    words.push_back("--help");
    const Parsed parsed = parse(words);
    EXPECT_EQ(parsed.code, ExitCode::ok);
    for (const std::string& option : options_in(parsed.out)) {
      EXPECT_TRUE(known.contains(option)) << ::testing::PrintToString(words) << option;
    }
  }
}

}  // namespace
}  // namespace tocsin::cli
