#include "drill/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drill/svg_chart.h"

namespace tocsin::drill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Report some_report() {
  Report report;
  report.priority = "alert";
  report.payload_bytes = 150;
  report.cpu_model = "A <fast> CPU";
  report.command = "tocsin-drill --app 'R&D'";
  report.connect.devices = report.connect.connected = 1000;
  RoundReport round;
  round.expected = round.delivered = 1000;
  round.p50_ms = 12.5;
  round.p100_ms = 40;
  round.books_closed = true;
  round.curve = {{10, 0.2}, {12.5, 0.5}, {40, 1}};
  report.rounds = {round, round};
  report.timeline.samples = {{0.25, 1e8, 2e7, 10, 20}, {0.5, 1.1e8, 3e7, 90, 80}};
  report.timeline.marks = {{0, "at rest"}, {0.3, "connect"}};
  return report;
}

TEST(HtmlReportTest, IsOneWholeFileWithVerdictChartsAndSetting) {
  const std::string page = html_report(some_report(), {});
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_THAT(page, HasSubstr("An alert to 1,000 devices"));
  EXPECT_THAT(page, HasSubstr("each exactly once"));
  for (const char* heading : {"How long a device waits", "Delivered over time", "Memory over time",
                              "CPU over time", "Rounds", "Setting"}) {
    EXPECT_THAT(page, HasSubstr(std::string("<h2>") + heading)) << heading;
  }
  EXPECT_THAT(page, HasSubstr("data-name=\"round 2\""));
  EXPECT_THAT(page, HasSubstr(">connect</text>"));
}

TEST(HtmlReportTest, RefersToNothingOutside) {
  const std::string page = html_report(some_report(), {});
  for (const char* reference : {"http:", "https:", "src=", "href=", "@import", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
}

TEST(HtmlReportTest, WhatOthersSaidIsEscaped) {
  const std::string page = html_report(some_report(), {"p100_ms_max: <b>slow</b>"});
  EXPECT_THAT(page, HasSubstr("A &lt;fast&gt; CPU"));
  EXPECT_THAT(page, HasSubstr("'R&amp;D'"));
  EXPECT_THAT(page, HasSubstr("Target missed: p100_ms_max: &lt;b&gt;slow"));
}

TEST(HtmlReportTest, BadNewsIsSaid) {
  Report report = some_report();
  report.rounds[0].missing = 3;
  report.limited_by = "no room for more";
  const std::string page = html_report(report, {});
  EXPECT_THAT(page, HasSubstr("Not well: 0 not connected, 3 deliveries missed"));
  EXPECT_THAT(page, HasSubstr("no room for more"));
}

TEST(HtmlReportTest, NothingMeasuredIsStillAPage) {
  Report report;
  report.rounds.emplace_back();
  const std::string page = html_report(report, {});
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("inf")));
}

TEST(SvgChartTest, PutsPointsWhereTheScaleSays) {
  Chart chart;
  chart.x = {ChartUnit::seconds, false, 0, 10};
  chart.y = {ChartUnit::count, false, 0, 100};
  chart.series = {{"a \"line\"", 3, true, true, {{0, 0}, {10, 100}, {20, 300}}}};
  chart.marks = {{5, "half"}, {5.1, "too close"}, {11, "outside"}};
  const std::string svg = svg_chart(chart);
  // Bottom left, top right, and what is outside stays at the edge.
  EXPECT_THAT(svg, HasSubstr("points=\"64.0,240.0 544.0,26.0 544.0,26.0 \""));
  EXPECT_THAT(svg, HasSubstr("class=\"c3 dashed\" data-name=\"a &quot;line&quot;\""));
  EXPECT_THAT(svg, HasSubstr("<polygon class=\"c3\""));
  EXPECT_THAT(svg, HasSubstr(">half</text>"));
  EXPECT_THAT(svg, HasSubstr("<title>too close</title>"));
  EXPECT_THAT(svg, Not(HasSubstr(">too close</text>")));
  EXPECT_THAT(svg, Not(HasSubstr("outside")));
}

TEST(SvgChartTest, ALogarithmicAxisSpacesDecadesEvenly) {
  Chart chart;
  chart.x = {ChartUnit::milliseconds, true, 1, 100};
  chart.y = {ChartUnit::percent, false, 0, 100};
  chart.series = {{"a", 0, false, false, {{1, 0}, {10, 0}, {100, 0}}}};
  EXPECT_THAT(svg_chart(chart), HasSubstr("points=\"64.0,240.0 304.0,240.0 544.0,240.0 \""));
}

TEST(AxisTicksTest, AreRound) {
  EXPECT_THAT(axis_ticks({ChartUnit::percent, false, 0, 100}), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(axis_ticks({ChartUnit::milliseconds, true, 0.9, 21}), ElementsAre(1, 2, 5, 10, 20));
  EXPECT_THAT(axis_ticks({ChartUnit::milliseconds, true, 1, 1e4}),
              ElementsAre(1, 10, 100, 1000, 10000));
  EXPECT_THAT(axis_ticks({ChartUnit::bytes, false, 0, 100 << 20}),
              ElementsAre(0, 32 << 20, 64 << 20, 96 << 20));
}

TEST(WithUnitTest, ChoosesAReadableOne) {
  EXPECT_EQ(with_unit(0.5, ChartUnit::milliseconds), "0.5 ms");
  EXPECT_EQ(with_unit(1500, ChartUnit::milliseconds), "1.5 s");
  EXPECT_EQ(with_unit(72'000, ChartUnit::count), "72,000");
  EXPECT_EQ(with_unit(512 << 20, ChartUnit::bytes), "512 MiB");
  EXPECT_EQ(with_unit(0, ChartUnit::bytes), "0 B");
}

}  // namespace
}  // namespace tocsin::drill
