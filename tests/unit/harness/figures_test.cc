#include "harness/figures.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/api_client.h"
#include "harness/progress.h"

namespace tocsin::bench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FigureTextTest, CommasEveryThreeDigits) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(12'345'678), "12,345,678");
  EXPECT_EQ(counted(1, "worker"), "1 worker");
  EXPECT_EQ(counted(2, "worker"), "2 workers");
}

TEST(FigureTextTest, ARangeHasTheMedianAndTheEnds) {
  EXPECT_EQ(range_text(Series({1, 2.25, 9}), 1), "2.2 (1.0-9.0)");
}

TEST(FigureTextTest, ColumnsLineUpAndMarkdownHasBars) {
  const Rows rows = {{"a", "long head"}, {"x–y", "1"}};
  EXPECT_EQ(columns(rows, ""), "a    long head\nx–y  1\n");
  EXPECT_EQ(markdown_table(rows), "| a | long head |\n|---|---|\n| x–y | 1 |\n");
}

TEST(ProgressTest, LineHasShareRateAndTimeToGo) {
  EXPECT_EQ(progress_line("connected", 0, 10, 0), "connected 0 / 10 (0 %)");
  EXPECT_EQ(progress_line("connected", 4'200, 10'000, 2'000),
            "connected 4,200 / 10,000 (42 %), 2,100/s, 3 s to go");
  EXPECT_EQ(progress_line("registered", 10'000, 10'000, 5'000),
            "registered 10,000 / 10,000 (100 %), 2,000/s");
}

TEST(ProgressTest, AFileGetsALineForEachTenth) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  {
    Progress progress("connected", 100, out, false, 0);
    for (uint64_t done = 0; done <= 100; ++done) progress.show(done, done * 10);
  }
  std::fclose(out);
  EXPECT_EQ(std::count(text, text + size, '\n'), 10);
  std::free(text);
}

TEST(MetricTest, IsNotMixedWithItsNamesake) {
  const char* text =
      "# HELP tocsin_slow_total closed\n"
      "# TYPE tocsin_slow_total counter\n"
      "tocsin_slow_total{shard=\"0\"} 3\n"
      "tocsin_slow_total{shard=\"1\"} 4\n"
      "tocsin_slow_total_of_all 100\n"
      "tocsin_up 1\n";
  EXPECT_THAT(metrics_in(text, "tocsin_slow_total", ""), ElementsAre(3, 4));
  EXPECT_THAT(metrics_in(text, "tocsin_up", ""), ElementsAre(1));
  EXPECT_THAT(metrics_in(text, "tocsin_slow", ""), IsEmpty());
  EXPECT_THAT(metrics_in("", "tocsin_up", ""), IsEmpty());
  const std::string shards =
      "x_sum{priority=\"alert\",shard=\"0\"} 0.5\nx_sum{priority=\"low\",shard=\"0\"} 7\n"
      "x_sum{priority=\"alert\",shard=\"1\"} 0.25\nx_summary{priority=\"alert\"} 9\n";
  EXPECT_THAT(metrics_in(shards, "x_sum", "priority=\"alert\""), ElementsAre(0.5, 0.25));
}

}  // namespace
}  // namespace tocsin::bench
