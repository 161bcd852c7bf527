#include "drill/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::bench::drill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Parsed : ParsedLine {
  Options options;
};

Parsed parse_options(const std::vector<std::string>& arguments) {
  Parsed parsed;
  static_cast<ParsedLine&>(parsed) = parse_line(program, arguments, parsed.options);
  return parsed;
}

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
  const Parsed parsed = parse_options({"--spawn", "build/tocsind"});
  ASSERT_TRUE(parsed.run) << parsed.text;
  EXPECT_EQ(parsed.options.spawn, "build/tocsind");
  EXPECT_EQ(parsed.options.devices, 1000u);
  EXPECT_EQ(parsed.options.rounds, 1u);
  EXPECT_EQ(parsed.options.priority, "alert");
  EXPECT_EQ(parsed.options.alert_timeout_ms, 10'000u);
}

TEST(OptionsTest, TakesTheWholeLine) {
  const Parsed parsed = parse_options({"--spawn",
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
  EXPECT_EQ(options.answer.json, "-");
  EXPECT_TRUE(options.answer.check);
  EXPECT_EQ(options.answer.section, "demo");
  EXPECT_TRUE(options.keep);
  EXPECT_THAT(options.spawn_args, ElementsAre("--heartbeat_s", "60"));
}

TEST(OptionsTest, ARunningServerNeedsItsKeys) {
  const Parsed parsed = parse_options(running_server(std::string(64, 'a')));
  ASSERT_TRUE(parsed.run) << parsed.text;
  EXPECT_EQ(parsed.options.server.app, "demo");

  const Parsed bare = parse_options({"--server", "127.0.0.1:7443"});
  EXPECT_EQ(bare.exit_code, 2);
  EXPECT_THAT(bare.text, HasSubstr("--server needs --api"));

  const Parsed bad_key = parse_options(running_server("abc"));
  EXPECT_EQ(bad_key.exit_code, 2);
  EXPECT_THAT(bad_key.text, HasSubstr("64 hex digits"));
}

class BadUsageTest : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(BadUsageTest, IsRefusedWithExitCode2) {
  const Parsed parsed = parse_options(GetParam());
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
                                         Line{"--keep"}, Line{"--servers", "2"},
                                         Line{"--spawn", "x", "--servers", "257"},
                                         Line{"--spawn", "x", "--stuck-flood-kib", "513"},
                                         Line{"--spawn", "x", "stray"}));

TEST(OptionsTest, HelpHasExamplesAndExitCodes) {
  const Parsed parsed = parse_options({"--help"});
  EXPECT_FALSE(parsed.run);
  EXPECT_EQ(parsed.exit_code, 0);
  EXPECT_THAT(parsed.text, HasSubstr("Examples:"));
  EXPECT_THAT(parsed.text, HasSubstr("--stuck-percent"));
  EXPECT_THAT(parsed.text, HasSubstr("Exit code: 0"));
}

TEST(OptionsTest, ManyServersAndTheirFleet) {
  const Parsed parsed = parse_options({"--spawn", "x", "--servers", "0", "-n", "1000000",
                                       "--largest-that-fits", "--handshakes-total", "96", "--html",
                                       "r.html", "--competing", "--stuck-flood-kib", "96"});
  ASSERT_TRUE(parsed.run) << parsed.text;
  EXPECT_EQ(parsed.options.servers, 0u);
  EXPECT_TRUE(parsed.options.largest_that_fits);
  EXPECT_EQ(parsed.options.handshakes_total, 96u);
  EXPECT_EQ(parsed.options.html, "r.html");
  EXPECT_TRUE(parsed.options.competing);
  EXPECT_EQ(parsed.options.stuck_flood_kib, 96u);
  // A million at 900 handshakes a second take 19 minutes.
  EXPECT_GT(connect_timeout_s_of(parsed.options), 2u * 1'000'000 / 900);
}

TEST(OptionsTest, HandshakesAreBoundedOverAllWorkers) {
  Options options;
  EXPECT_EQ(handshakes_per_worker(options, 4, 1), 64u);
  EXPECT_EQ(handshakes_per_worker(options, 4, 4), 16u);
  EXPECT_EQ(handshakes_per_worker(options, 56, 56), 1u);
  EXPECT_EQ(handshakes_per_worker(options, 2, 56), 32u);
  options.handshakes_total = 20;
  EXPECT_EQ(handshakes_per_worker(options, 4, 1), 5u);
  EXPECT_EQ(handshakes_per_worker(options, 100, 100), 1u);
  options.handshakes_total = handshakes_max * workers_max;
  EXPECT_EQ(handshakes_per_worker(options, 1, 1), handshakes_max);
}

TEST(OptionsTest, MessagesOfADrill) {
  Options options;
  options.rounds = 5;
  options.warmup_rounds = 2;
  EXPECT_EQ(messages_of(options), 7u);
  options.competing = true;
  EXPECT_EQ(messages_of(options), 17u);
  options.stuck_flood_kib = 8;
  EXPECT_EQ(flood_messages_of(options), 3u);
  EXPECT_EQ(messages_of(options), 20u);
}

TEST(OptionsTest, TheCommandLineShowsNoKeys) {
  EXPECT_EQ(command_line({"--app", "my app", "--send-key", "tsk_secret", "--registration-key=00ff",
                          "-n", "5"}),
            "tocsin-drill --app 'my app' --send-key ... --registration-key=... -n 5");
  EXPECT_EQ(command_line({"it's", ""}), "tocsin-drill 'it'\\''s' ''");
}

TEST(OptionsTest, TheConnectTimeoutGrowsWithTheFleet) {
  Options options;
  options.devices = 100'000;
  EXPECT_EQ(connect_timeout_s_of(options), 1060u);
  options.connect_timeout_s = 5;
  EXPECT_EQ(connect_timeout_s_of(options), 5u);
}

TEST(OptionsTest, OfManyWorkersAFewConnectAtOnce) {
  Options options;
  EXPECT_EQ(connecting_workers(options, 9, 1, 4), 9u);
  EXPECT_EQ(connecting_workers(options, 56, 56, 4), 4u);
  EXPECT_EQ(connecting_workers(options, 56, 56, 1), 2u);
  EXPECT_EQ(connecting_workers(options, 3, 3, 64), 3u);
  options.workers_at_once = 5;
  EXPECT_EQ(connecting_workers(options, 56, 56, 2), 5u);
  EXPECT_EQ(connecting_workers(options, 4, 1, 2), 4u);
}

TEST(OptionsTest, FirstConnectionsUnlessToldToResume) {
  EXPECT_EQ(parse_options({"--spawn", "tocsind"}).options.resume_percent, 0u);
  const Parsed parsed =
      parse_options({"--spawn", "tocsind", "--resume-percent", "99", "--workers-at-once", "3"});
  EXPECT_EQ(parsed.options.resume_percent, 99u);
  EXPECT_EQ(parsed.options.workers_at_once, 3u);
  EXPECT_EQ(parse_options({"--spawn", "tocsind", "--resume-percent", "101"}).exit_code, 2);
}

}  // namespace
}  // namespace tocsin::bench::drill
