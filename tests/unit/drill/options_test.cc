#include "drill/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::drill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> running_server(const std::string& registration_key) {
  return {"--server",
          "127.0.0.1:7443",
          "--api",
          "https://127.0.0.1:8443",
          "--ca",
          "ca.pem",
          "--app",
          "demo",
          "--send-key",
          "secret",
          "--registration-key",
          registration_key};
}

TEST(OptionsTest, ASpawnedServerNeedsNothingElse) {
  const ParsedOptions parsed = parse_options({"--spawn", "build/tocsind"});
  ASSERT_TRUE(parsed.run) << parsed.text;
  EXPECT_EQ(parsed.options.spawn, "build/tocsind");
  EXPECT_EQ(parsed.options.devices, 1000u);
  EXPECT_EQ(parsed.options.rounds, 1u);
  EXPECT_EQ(parsed.options.priority, "alert");
  EXPECT_EQ(parsed.options.alert_timeout_ms, 10'000u);
}

TEST(OptionsTest, TakesTheWholeLine) {
  const ParsedOptions parsed = parse_options({"--spawn",
                                              "x",
                                              "-n",
                                              "18000",
                                              "--rounds",
                                              "5",
                                              "--payload-bytes",
                                              "200",
                                              "--priority",
                                              "low",
                                              "--stuck-percent",
                                              "10",
                                              "--json",
                                              "-",
                                              "--check",
                                              "--section",
                                              "demo",
                                              "--keep",
                                              "--spawn-arg",
                                              "--heartbeat_s",
                                              "--spawn-arg",
                                              "60"});
  ASSERT_TRUE(parsed.run) << parsed.text;
  const Options& options = parsed.options;
  EXPECT_EQ(options.devices, 18'000u);
  EXPECT_EQ(options.rounds, 5u);
  EXPECT_EQ(options.payload_bytes, 200u);
  EXPECT_EQ(options.priority, "low");
  EXPECT_EQ(options.stuck_percent, 10u);
  EXPECT_EQ(options.json, "-");
  EXPECT_TRUE(options.check);
  EXPECT_EQ(options.section, "demo");
  EXPECT_TRUE(options.keep);
  EXPECT_THAT(options.spawn_args, ElementsAre("--heartbeat_s", "60"));
}

TEST(OptionsTest, ARunningServerNeedsItsKeys) {
  const ParsedOptions parsed = parse_options(running_server(std::string(64, 'a')));
  ASSERT_TRUE(parsed.run) << parsed.text;
  EXPECT_EQ(parsed.options.server.app, "demo");

  const ParsedOptions bare = parse_options({"--server", "127.0.0.1:7443"});
  EXPECT_EQ(bare.exit_code, 2);
  EXPECT_THAT(bare.text, HasSubstr("--server needs --api"));

  const ParsedOptions bad_key = parse_options(running_server("abc"));
  EXPECT_EQ(bad_key.exit_code, 2);
  EXPECT_THAT(bad_key.text, HasSubstr("64 hex digits"));
}

class BadUsageTest : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(BadUsageTest, IsRefusedWithExitCode2) {
  const ParsedOptions parsed = parse_options(GetParam());
  EXPECT_FALSE(parsed.run);
  EXPECT_EQ(parsed.exit_code, 2);
  EXPECT_THAT(parsed.text, HasSubstr("tocsin-drill: "));
}

using Line = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(AllMistakes, BadUsageTest,
                         testing::Values(Line{}, Line{"--spawn", "x", "--server", "y:1"},
                                         Line{"--spwan", "x"}, Line{"--spawn", "x", "-n", "0"},
                                         Line{"--spawn", "x", "--rounds", "0"},
                                         Line{"--spawn", "x", "--stuck-percent", "100"},
                                         Line{"--spawn", "x", "--priority", "urgent"},
                                         Line{"--spawn", "x", "--payload-bytes", "5000"},
                                         Line{"--spawn", "x", "--payload-bytes", "10"},
                                         Line{"--keep"}, Line{"--spawn", "x", "stray"}));

TEST(OptionsTest, HelpHasExamplesAndExitCodes) {
  const ParsedOptions parsed = parse_options({"--help"});
  EXPECT_FALSE(parsed.run);
  EXPECT_EQ(parsed.exit_code, 0);
  EXPECT_THAT(parsed.text, HasSubstr("Examples:"));
  EXPECT_THAT(parsed.text, HasSubstr("--stuck-percent"));
  EXPECT_THAT(parsed.text, HasSubstr("Exit code: 0"));
}

TEST(OptionsTest, TheConnectTimeoutGrowsWithTheFleet) {
  Options options;
  options.devices = 100'000;
  EXPECT_EQ(connect_timeout_s_of(options), 1060u);
  options.connect_timeout_s = 5;
  EXPECT_EQ(connect_timeout_s_of(options), 5u);
}

}  // namespace
}  // namespace tocsin::drill
