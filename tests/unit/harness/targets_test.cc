#include "harness/targets.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(TargetsTest, ReadsSectionsKeysNumbersAndComments) {
  const auto targets = parse_targets(
      "# all of them\n"
      "[drill]\n"
      "missing_max = 0\n"
      "  p100_ms_max=12.5 # a comment\r\n"
      "\n"
      "[ demo ]\n"
      "handshakes_per_s_min = 1e3");
  ASSERT_TRUE(targets.ok()) << targets.status().ToString();
  const Targets wanted = {{"drill", {{"missing_max", 0}, {"p100_ms_max", 12.5}}},
                          {"demo", {{"handshakes_per_s_min", 1000}}}};
  EXPECT_EQ(*targets, wanted);
}

class BadTargetsTest : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BadTargetsTest, NamesTheLine) {
  const auto& [text, complaint] = GetParam();
  const auto targets = parse_targets(text);
  ASSERT_FALSE(targets.ok());
  EXPECT_EQ(targets.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(targets.status().message()), HasSubstr(complaint));
}

INSTANTIATE_TEST_SUITE_P(
    AllMistakes, BadTargetsTest,
    testing::Values(std::pair{"[drill]\nmissing", "line 2: "},
                    std::pair{"missing_max = 0", "line 1: a key stands before"},
                    std::pair{"[a]\n[a]", "line 2: "},
                    std::pair{"[a]\nb_max = 1\nb_max = 2", "line 3: "},
                    std::pair{"[a\n", "line 1: "},
                    std::pair{"[a]\nb-c = 1", "line 2: target b-c ends neither"},
                    std::pair{"[a]\nb_max = 1 2", "line 2: "},
                    std::pair{"[a]\nb_max = nan", "line 2: target b_max is not a number"},
                    std::pair{"[a]\nb_max = '1'", "line 2: target b_max is not a number"},
                    std::pair{"[a]\nb_max = true", "line 2: target b_max is not a number"},
                    std::pair{"[a]\nb_max = ", "line 2: "}));

TEST(TargetsTest, MissedTargetsHaveALineEach) {
  const TargetSection section = {{"missing_max", 0},
                                 {"p99_ms_max", 10},
                                 {"rate_min", 100},
                                 {"wire_duplicates_max", 3},
                                 {"absent_max", 1}};
  const auto missed = missed_targets(
      section, {{"missing", 2}, {"p99_ms", 10}, {"rate", 99.5}, {"wire_duplicates", 3}});
  EXPECT_THAT(missed, ElementsAre("absent_max: this drill did not measure absent",
                                  "missing_max: missing is 2, wanted at most 0",
                                  "rate_min: rate is 99.5, wanted at least 100"));
}

TEST(TargetsTest, KeptTargetsGiveNoLine) {
  const auto missed = missed_targets({{"missing_max", 0}, {"rate_min", 1}},
                                     {{"missing", 0}, {"rate", 1}, {"more", 9}});
  EXPECT_THAT(missed, IsEmpty());
}

TEST(TargetsTest, TheRepositorysOwnFileIsGood) {
  for (const char* section : {"drill", "demo", "tail", "stuck", "million"}) {
    const auto targets = load_target_section(TOCSIN_TARGETS_FILE, section);
    ASSERT_TRUE(targets.ok()) << targets.status().ToString();
    EXPECT_EQ(missed_targets(*targets, Json::object()).size(), targets->size());
    EXPECT_EQ(targets->at("missing_max"), 0);
    EXPECT_EQ(targets->at("duplicates_max"), 0);
  }
  EXPECT_EQ(load_target_section(TOCSIN_TARGETS_FILE, "other").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(load_target_section("/nonexistent.toml", "drill").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tocsin::bench
