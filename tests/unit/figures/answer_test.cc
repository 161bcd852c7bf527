#include "figures/answer.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drill/temp_dir.h"

namespace tocsin::figures {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A file of targets with a section [bench], and what the program prints.
class AnswerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_.ok());
    options_.targets = path("targets.toml");
    options_.check = true;
    write_targets("[bench]\nmissing_max = 0\nrate_min = 10\n");
  }
  void write_targets(const std::string& text) { std::ofstream(options_.targets) << text; }
  std::string path(const std::string& name) const { return folder_->path() + "/" + name; }

  const absl::StatusOr<drill::TempDir> folder_ = drill::TempDir::create();
  AnswerOptions options_{"bench"};
};

TEST_F(AnswerTest, KeptTargetsAreSaidAndEndWell) {
  Answer answer("bench", options_);
  ASSERT_TRUE(answer.load_targets());
  ASSERT_TRUE(answer.compare({{"missing", 0}, {"rate", 10}}));
  testing::internal::CaptureStdout();
  answer.print("table\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "table\nAll 2 targets of [bench] are kept.\n");
  EXPECT_EQ(answer.exit_code(true), exit_well);
  EXPECT_EQ(answer.exit_code(false), exit_not_well);
}

TEST_F(AnswerTest, AMissedTargetHasALineAndIsNotWell) {
  Answer answer("bench", options_);
  ASSERT_TRUE(answer.load_targets());
  ASSERT_TRUE(answer.compare({{"missing", 3}, {"rate", 10}}));
  EXPECT_THAT(answer.missed(), ElementsAre("missing_max: missing is 3, wanted at most 0"));
  testing::internal::CaptureStdout();
  answer.print("table\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "table\ntarget missed: missing_max: missing is 3, wanted at most 0\n");
  EXPECT_EQ(answer.exit_code(true), exit_not_well);
}

TEST_F(AnswerTest, WithoutCheckNothingIsComparedOrRead) {
  options_.check = false;
  options_.targets = path("absent.toml");
  Answer answer("bench", options_);
  ASSERT_TRUE(answer.load_targets());
  ASSERT_TRUE(answer.compare({{"missing", 3}}));
  testing::internal::CaptureStdout();
  answer.print("table\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "table\n");
  EXPECT_EQ(answer.exit_code(true), exit_well);
}

TEST_F(AnswerTest, UnusableTargetsAreComplainedAbout) {
  write_targets("[bench]\nmissing = 0\n");
  Answer no_direction("bench", options_);
  options_.section = "other";
  Answer no_section("bench", options_);
  testing::internal::CaptureStderr();
  ASSERT_TRUE(no_direction.load_targets());
  EXPECT_FALSE(no_direction.compare({{"missing", 0}}));
  EXPECT_FALSE(no_section.load_targets());
  const std::string complaints = testing::internal::GetCapturedStderr();
  EXPECT_THAT(complaints, HasSubstr("bench: target missing ends neither with"));
  EXPECT_THAT(complaints, HasSubstr("has no section [other]"));
}

TEST_F(AnswerTest, TheTableLeavesStandardOutputToTheJson) {
  options_.json = "-";
  options_.check = false;
  const Answer answer("bench", options_);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  answer.print("table\n");
  EXPECT_TRUE(answer.write(options_.json, "{}\n"));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "{}\n");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "table\n");
}

TEST_F(AnswerTest, WritesAFileOrSaysThatItCannot) {
  const Answer answer("bench", options_);
  EXPECT_TRUE(answer.write("", "nowhere"));
  EXPECT_TRUE(answer.write(path("bench.json"), "{}\n"));
  EXPECT_EQ(text_of(path("bench.json")), "{}\n");
  testing::internal::CaptureStderr();
  EXPECT_FALSE(answer.write(path("absent/bench.json"), "{}\n"));
  EXPECT_EQ(answer.not_run(absl::UnavailableError("no server")), exit_not_run);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "bench: cannot write " + path("absent/bench.json") + "\nbench: no server\n");
}

}  // namespace
}  // namespace tocsin::figures
