#include "storm/report.h"

#include <gtest/gtest.h>

#include "storm/options.h"

namespace tocsin::storm {
namespace {

TEST(StormReportTest, MeasuresOnlyWhatWasRun) {
  EXPECT_TRUE(measures_of({}).empty());
  Report report;
  report.storm.emplace();
  report.storm->devices = 1000;
  report.storm->in = 990;
  report.storm->rss_bytes_before = 10'000'000;
  report.storm->rss_bytes_peak = 14'000'000;
  report.storm->rss_bytes_after = 10'990'000;
  report.storm->rss_bytes_settled = 10'495'000;
  const figures::Measures measures = measures_of(report);
  EXPECT_EQ(measures.at("storm_not_in"), 10);
  EXPECT_EQ(measures.at("storm_peak_rss_bytes"), 4'000'000);
  EXPECT_EQ(measures.at("storm_bytes_per_connection_after"), 1000);
  EXPECT_EQ(measures.at("storm_bytes_per_connection_settled"), 500);
  EXPECT_EQ(measures.count("full_handshake_ratio"), 0u);
}

TEST(StormReportTest, AStormThatNobodyGotThroughHasNoFigurePerConnection) {
  StormResult nobody;
  EXPECT_EQ(nobody.bytes_per_connection(1'000'000), 0);
}

TEST(StormOptionsTest, ReadsWhatItIsTold) {
  const ParsedOptions parsed =
      parse_options({"--spawn", "tocsind", "-n", "500", "--rounds", "3", "--check"});
  ASSERT_TRUE(parsed.run) << parsed.text;
  EXPECT_EQ(parsed.options.storm.server, "tocsind");
  EXPECT_EQ(parsed.options.storm.devices, 500u);
  EXPECT_EQ(parsed.options.race.rounds, 3u);
  EXPECT_TRUE(parsed.options.answer.check);
}

TEST(StormOptionsTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(parse_options({"--skip-handshakes"}).exit_code, 2);
  EXPECT_EQ(parse_options({"--at-once", "129"}).exit_code, 2);
  EXPECT_EQ(parse_options({"-n", "0", "--spawn", "x"}).exit_code, 2);
  EXPECT_EQ(parse_options({"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace tocsin::storm
