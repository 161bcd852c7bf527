#include "compare/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/child_process.h"

namespace tocsin::bench::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Parsed : ParsedLine {
  Options options;
};

Parsed parse_options(const std::vector<std::string>& arguments) {
  Parsed parsed;
  static_cast<ParsedLine&>(parsed) = parse_line(program(), arguments, parsed.options);
  return parsed;
}

TEST(Options, compare_everything_by_default_with_tocsin_in_the_middle) {
  const Parsed parsed = parse_options({});
  ASSERT_TRUE(parsed.run);
  EXPECT_EQ(parsed.options.peers, all_peers());
  EXPECT_EQ(parsed.options.peers[3], tocsin_name);
  EXPECT_EQ(parsed.options.devices, 10'000u);
  EXPECT_EQ(parsed.options.payload_bytes, 150u);
}

TEST(Options, take_a_list_of_peers_in_its_order) {
  const Parsed parsed = parse_options({"--peers", "nats,mosquitto_qos0"});
  ASSERT_TRUE(parsed.run) << parsed.text;
  EXPECT_THAT(parsed.options.peers, ElementsAre("nats", "mosquitto_qos0"));
}

TEST(Options, smoke_is_small_unless_told_otherwise) {
  EXPECT_EQ(parse_options({"--smoke"}).options.devices, 200u);
  EXPECT_EQ(parse_options({"--smoke"}).options.passes, 1u);
  EXPECT_EQ(parse_options({"-n", "7", "--smoke"}).options.devices, 7u);
}

TEST(Options, refuse_what_cannot_be) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--devices", "0"},        {"--devices", "18001"},
      {"--peers", "rabbit"},     {"--peers", "nats,nats"},
      {"--payload-bytes", "10"}, {"--rounds", "0"},
      {"--no-such-flag"},        {"stray"},
      {"--passes", "11"},
  };
  for (const std::vector<std::string>& arguments : wrong) {
    const Parsed parsed = parse_options(arguments);
    EXPECT_FALSE(parsed.run) << arguments[0];
    EXPECT_EQ(parsed.exit_code, 2) << arguments[0];
    EXPECT_THAT(parsed.text, HasSubstr("--help")) << arguments[0];
  }
}

TEST(Program, tells_its_flags_and_peers) {
  const absl::StatusOr<std::string> help = output_of({TOCSIN_BENCH_COMPARE, "--help"}, "\n");
  ASSERT_TRUE(help.ok()) << help.status().ToString();
  for (const std::string& peer : all_peers()) EXPECT_THAT(*help, HasSubstr(peer));
  EXPECT_THAT(*help, HasSubstr("--markdown"));
  EXPECT_THAT(*help, HasSubstr("Exit code"));
}

TEST(Program, ends_with_exit_code_2_when_used_wrongly) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--no-such-flag"},
        {"--check", "--targets", "/nowhere/targets.toml"},
        {"--check", "--targets", TOCSIN_TARGETS_FILE, "--section", "no_such_section"}}) {
    std::vector<std::string> command = {TOCSIN_BENCH_COMPARE};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const absl::StatusOr<std::string> output = output_of(command, "\n");
    ASSERT_FALSE(output.ok()) << arguments[0];
    EXPECT_THAT(output.status().ToString(), HasSubstr("exit code 2")) << arguments[0];
  }
}

}  // namespace
}  // namespace tocsin::bench::compare
