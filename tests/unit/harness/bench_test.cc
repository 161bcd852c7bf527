#include "harness/bench.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/files.h"

namespace tocsin::bench {
namespace {

using testing::HasSubstr;

const Program program = {"bench", "Measures nothing.", "Examples: none"};

// A file of targets with a section [bench], and what the program prints.
class AnswerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_.ok());
    options_.targets = path("targets.toml");
    options_.check = true;
    write_targets("[bench]\nmissing_max = 0\nrate_min = 10\n");
    findings_.table = "table\n";
    findings_.document["setting"] = {{"devices", 7}};
  }
  void write_targets(const std::string& text) { std::ofstream(options_.targets) << text; }
  std::string path(const std::string& name) const { return folder_->path() + "/" + name; }

  // What is printed, and the exit code.
  void answer_with(const Json& measures) {
    findings_.measures = measures;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    exit_code_ = answer(program, options_, [this] { return findings_; });
    stdout_ = testing::internal::GetCapturedStdout();
    stderr_ = testing::internal::GetCapturedStderr();
  }

  const absl::StatusOr<TempDir> folder_ = TempDir::create();
  AnswerOptions options_{"bench"};
  Findings findings_;
  int exit_code_ = -1;
  std::string stdout_;
  std::string stderr_;
};

TEST_F(AnswerTest, KeptTargetsAreSaidAndEndWell) {
  answer_with({{"missing", 0}, {"rate", 10}});
  EXPECT_EQ(stdout_, "table\nAll 2 targets of [bench] are kept.\n");
  EXPECT_EQ(exit_code_, exit_well);
  findings_.is_well = false;
  answer_with({{"missing", 0}, {"rate", 10}});
  EXPECT_EQ(exit_code_, exit_not_well);
}

TEST_F(AnswerTest, AMissedTargetHasALineAndIsNotWell) {
  options_.json = path("bench.json");
  answer_with({{"missing", 3}, {"rate", 10}});
  EXPECT_EQ(stdout_, "table\ntarget missed: missing_max: missing is 3, wanted at most 0\n");
  EXPECT_EQ(exit_code_, exit_not_well);
  const Json document = parse_object(file_text(options_.json));
  EXPECT_EQ(document["format"], 1);
  EXPECT_EQ(document["setting"]["devices"], 7);
  EXPECT_EQ(document["measures"]["missing"], 3);
  EXPECT_EQ(document["missed_targets"],
            Json::array({"missing_max: missing is 3, wanted at most 0"}));
}

TEST_F(AnswerTest, WithoutCheckNothingIsComparedOrRead) {
  options_.check = false;
  options_.targets = path("absent.toml");
  answer_with({{"missing", 3}});
  EXPECT_EQ(stdout_, "table\n");
  EXPECT_EQ(exit_code_, exit_well);
}

TEST_F(AnswerTest, UnusableTargetsAreComplainedAboutBeforeAnythingIsMeasured) {
  const auto never = []() -> absl::StatusOr<Findings> {
    ADD_FAILURE() << "measured";
    return Findings();
  };
  write_targets("[bench]\nmissing = 0\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(answer(program, options_, never), exit_usage);
  options_.section = "other";
  write_targets("[bench]\nmissing_max = 0\n");
  EXPECT_EQ(answer(program, options_, never), exit_usage);
  const std::string complaints = testing::internal::GetCapturedStderr();
  EXPECT_THAT(complaints, HasSubstr("target missing ends neither with"));
  EXPECT_THAT(complaints, HasSubstr("has no section [other]"));
}

TEST_F(AnswerTest, TheTableLeavesStandardOutputToTheJson) {
  options_.json = "-";
  options_.check = false;
  answer_with(Json::object());
  EXPECT_EQ(parse_object(stdout_)["setting"]["devices"], 7);
  EXPECT_EQ(stderr_, "table\n");
}

TEST_F(AnswerTest, APageIsMadeOfTheWholeDocument) {
  findings_.page_file = path("page");
  findings_.page = [](const Json& document) { return document["missed_targets"][0]; };
  answer_with({{"missing", 1}, {"rate", 10}});
  EXPECT_EQ(file_text(findings_.page_file), "missing_max: missing is 1, wanted at most 0");
}

TEST_F(AnswerTest, WhatCannotBeWrittenOrMeasuredIsNotRun) {
  options_.json = path("absent/bench.json");
  answer_with({{"missing", 0}, {"rate", 10}});
  EXPECT_EQ(exit_code_, exit_not_run);
  EXPECT_EQ(stderr_, "bench: cannot write " + options_.json + "\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(
      answer(program, options_,
             []() -> absl::StatusOr<Findings> { return absl::UnavailableError("no server"); }),
      exit_not_run);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "bench: no server\n");
}

struct SomeOptions : BenchOptions {
  SomeOptions() : BenchOptions("bench") { parts = {"a", "b"}; }
  void declare() override {
    number("-n,--devices", devices, 1, 10, "How many");
    some_parts("Which");
  }
  std::string finish(const CLI::App&) override { return devices == 4 ? "not four" : ""; }

  uint32_t devices = 3;
};

TEST(ParseLineTest, ReadsOptionsOfTheBenchAndOfTheAnswer) {
  SomeOptions options;
  const ParsedLine line =
      parse_line(program, {"-n", "7", "--parts", "b", "--json", "x", "--check"}, options);
  ASSERT_TRUE(line.run) << line.text;
  EXPECT_EQ(options.devices, 7u);
  EXPECT_EQ(options.parts, std::vector<std::string>{"b"});
  EXPECT_EQ(options.answer.json, "x");
  EXPECT_TRUE(options.answer.check);
}

TEST(ParseLineTest, HelpNamesDefaultsBoundsAndExamples) {
  SomeOptions options;
  const ParsedLine line = parse_line(program, {"--help"}, options);
  EXPECT_FALSE(line.run);
  EXPECT_EQ(line.exit_code, exit_well);
  for (const char* told : {"--devices", "[1 - 10]=3", "--section TEXT=bench", "Examples:"}) {
    EXPECT_THAT(line.text, HasSubstr(told));
  }
}

TEST(ParseLineTest, WrongUsageIsExplained) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"-n", "11"},
                                                    {"--parts", "c"},
                                                    {"--what"},
                                                    {"stray"},
                                                    {"-n", "4"}}) {
    SomeOptions options;
    const ParsedLine line = parse_line(program, arguments, options);
    EXPECT_FALSE(line.run);
    EXPECT_EQ(line.exit_code, exit_usage);
    EXPECT_THAT(line.text, HasSubstr("Run bench --help")) << arguments[0];
  }
}

}  // namespace
}  // namespace tocsin::bench
