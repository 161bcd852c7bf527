#include "figures/targets.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::figures {
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
    testing::Values(std::pair{"[drill]\nmissing", "line 2: want: key = number"},
                    std::pair{"missing_max = 0", "line 1: a key stands before"},
                    std::pair{"[a]\n[a]", "line 2: section [a] is there twice"},
                    std::pair{"[a]\nb = 1\nb = 2", "line 3: key b is there twice"},
                    std::pair{"[a\n", "line 1: a section is written"},
                    std::pair{"[A]\n", "line 1: a section's name"},
                    std::pair{"[a]\nb-c = 1", "line 2: a key is of"},
                    std::pair{"[a]\nb = 1 2", "line 2: '1 2' is not a number"},
                    std::pair{"[a]\nb = nan", "line 2: 'nan' is not a number"},
                    std::pair{"[a]\nb = ", "line 2: '' is not a number"}));

TEST(TargetsTest, MissedTargetsHaveALineEach) {
  const TargetSection section = {{"missing_max", 0},
                                 {"p99_ms_max", 10},
                                 {"rate_min", 100},
                                 {"wire_duplicates_max", 3},
                                 {"absent_max", 1}};
  const auto missed = missed_targets(
      section, {{"missing", 2}, {"p99_ms", 10}, {"rate", 99.5}, {"wire_duplicates", 3}});
  ASSERT_TRUE(missed.ok());
  EXPECT_THAT(*missed, ElementsAre("absent_max: this drill did not measure absent",
                                   "missing_max: missing is 2, wanted at most 0",
                                   "rate_min: rate is 99.5, wanted at least 100"));
}

TEST(TargetsTest, KeptTargetsGiveNoLine) {
  const auto missed = missed_targets({{"missing_max", 0}, {"rate_min", 1}},
                                     {{"missing", 0}, {"rate", 1}, {"more", 9}});
  ASSERT_TRUE(missed.ok());
  EXPECT_THAT(*missed, IsEmpty());
}

TEST(TargetsTest, AKeyWithoutADirectionIsAnError) {
  EXPECT_FALSE(missed_targets({{"missing", 0}}, {{"missing", 0}}).ok());
}

TEST(TargetsTest, TheRepositorysOwnFileIsGood) {
  for (const char* section : {"drill", "demo", "tail", "stuck", "million"}) {
    const auto targets = load_target_section(TOCSIN_TARGETS_FILE, section);
    ASSERT_TRUE(targets.ok()) << targets.status().ToString();
    EXPECT_TRUE(missed_targets(*targets, {}).ok());
    EXPECT_EQ(targets->at("missing_max"), 0);
    EXPECT_EQ(targets->at("duplicates_max"), 0);
  }
  EXPECT_EQ(load_target_section(TOCSIN_TARGETS_FILE, "other").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(load_target_section("/nonexistent.toml", "drill").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tocsin::figures
