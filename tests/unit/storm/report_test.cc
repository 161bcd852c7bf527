#include <gtest/gtest.h>

#include "storm/options.h"

namespace tocsin::storm {
namespace {

using harness::number_at;

TEST(StormReportTest, AStormIsToldByDevice) {
  StormResult storm;
  storm.devices = 1000;
  storm.in = 990;
  storm.rss_bytes_before = 10'000'000;
  storm.rss_bytes_peak = 14'000'000;
  storm.rss_bytes_after = 10'990'000;
  storm.rss_bytes_settled = 10'495'000;
  harness::Findings findings;
  tell(storm, findings);
  EXPECT_FALSE(findings.is_well);
  EXPECT_EQ(number_at(findings.measures, "storm_not_in"), 10);
  EXPECT_EQ(number_at(findings.measures, "storm_peak_rss_bytes"), 4'000'000);
  EXPECT_EQ(number_at(findings.measures, "storm_bytes_per_connection_after"), 1000);
  EXPECT_EQ(number_at(findings.measures, "storm_bytes_per_connection_settled"), 500);
  EXPECT_EQ(findings.document["storm"]["in"], 990);
}

TEST(StormReportTest, ARaceIsToldAsRatiosOfTheMedians) {
  HandshakeRace race;
  race.full = {{300, 310, 320}, {330, 340, 350}, {1.1, 1.09, 1.12}};
  harness::Findings findings;
  tell(race, findings);
  EXPECT_EQ(number_at(findings.measures, "full_handshake_us"), 340);
  EXPECT_EQ(number_at(findings.measures, "full_handshake_ratio"), 1.1);
  EXPECT_EQ(number_at(findings.measures, "resumed_handshake_us"), std::nullopt);
}

TEST(StormReportTest, AStormThatNobodyGotThroughHasNoFigurePerConnection) {
  StormResult nobody;
  EXPECT_EQ(nobody.bytes_per_connection(1'000'000), 0);
}

TEST(StormOptionsTest, ReadsWhatItIsTold) {
  Options options;
  const harness::ParsedLine line = harness::parse_line(
      program, {"--spawn", "tocsind", "-n", "500", "--rounds", "3", "--check"}, options);
  ASSERT_TRUE(line.run) << line.text;
  EXPECT_EQ(options.storm.server, "tocsind");
  EXPECT_EQ(options.storm.devices, 500u);
  EXPECT_EQ(options.race.rounds, 3u);
  EXPECT_TRUE(options.answer.check);
}

TEST(StormOptionsTest, RefusesWhatMakesNoSense) {
  const auto exit_code_of = [](const std::vector<std::string>& arguments) {
    Options options;
    return harness::parse_line(program, arguments, options).exit_code;
  };
  EXPECT_EQ(exit_code_of({"--skip-handshakes"}), 2);
  EXPECT_EQ(exit_code_of({"--at-once", "129"}), 2);
  EXPECT_EQ(exit_code_of({"-n", "0", "--spawn", "x"}), 2);
  EXPECT_EQ(exit_code_of({"--help"}), 0);
}

}  // namespace
}  // namespace tocsin::storm
