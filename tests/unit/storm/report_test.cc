#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/child_process.h"
#include "storm/connect_storm.h"
#include "storm/handshake_race.h"

namespace tocsin::bench::storm {
namespace {

using testing::HasSubstr;

TEST(StormReportTest, AStormIsToldByDevice) {
  StormResult storm;
  storm.devices = 1000;
  storm.in = 990;
  storm.rss_bytes_before = 10'000'000;
  storm.rss_bytes_peak = 14'000'000;
  storm.rss_bytes_after = 10'990'000;
  storm.rss_bytes_settled = 10'495'000;
  Findings findings;
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
  Findings findings;
  tell(race, findings);
  EXPECT_EQ(number_at(findings.measures, "full_handshake_us"), 340);
  EXPECT_EQ(number_at(findings.measures, "full_handshake_ratio"), 1.1);
  EXPECT_EQ(number_at(findings.measures, "resumed_handshake_us"), std::nullopt);
}

TEST(StormReportTest, AStormThatNobodyGotThroughHasNoFigurePerConnection) {
  StormResult nobody;
  EXPECT_EQ(nobody.bytes_per_connection(1'000'000), 0);
}

TEST(StormProgramTest, ReadsWhatItIsToldAndRefusesWhatMakesNoSense) {
  const auto said = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TOCSIN_BENCH_STORM);
    const absl::StatusOr<std::string> output = output_of(arguments, "\n");
    return output.ok() ? *output : output.status().ToString();
  };
  EXPECT_THAT(said({"--help"}), HasSubstr("--skip-handshakes"));
  EXPECT_THAT(said({"--skip-handshakes"}), HasSubstr("exit code 2"));
  EXPECT_THAT(said({"--at-once", "129"}), HasSubstr("exit code 2"));
  EXPECT_THAT(said({"-n", "0", "--spawn", "x"}), HasSubstr("exit code 2"));
  EXPECT_THAT(said({"--skip-handshakes", "--spawn", "/nonexistent/tocsind"}),
              HasSubstr("exit code 3"));
}

}  // namespace
}  // namespace tocsin::bench::storm
