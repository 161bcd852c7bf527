// SvgChart: a line chart as SVG text, to be put into an HTML page.
//
// Colours come from the page's style sheet (classes c0 .. c7, "grid", "axis"), so that it is light
// and dark without being drawn twice; the scales are attributes of the svg element, so that the
// page's script can tell the values under the mouse.
//
// Thread: pure functions.  Bound: what the caller gives.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::drill {

struct ChartPoint {
  double x = 0;
  double y = 0;
};

struct ChartSeries {
  std::string name;
  int colour = 0;  // 0 .. 7
  bool dashed = false;
  bool filled = false;  // the area below it too
  std::vector<ChartPoint> points;
};

enum class ChartUnit { milliseconds, seconds, percent, bytes, count };

struct ChartAxis {
  ChartUnit unit = ChartUnit::count;
  bool logarithmic = false;
  double min = 0;
  double max = 1;  // above min; with logarithmic both above 0
};

// A moment worth a vertical line.
struct ChartMark {
  double x = 0;
  std::string name;
};

struct Chart {
  std::string title;  // for those who cannot see it
  ChartAxis x;
  ChartAxis y;
  std::vector<ChartSeries> series;
  std::vector<ChartMark> marks;
};

std::string svg_chart(const Chart& chart);

// Round values within the axis, at least two where there are two: 1-2-5 steps, or with a
// logarithmic axis 1, 2 and 5 of each decade (the decades alone when there are many).
std::vector<double> axis_ticks(const ChartAxis& axis);

// "12 ms", "1.5 s", "40 %", "512 MiB", "72,000".
std::string with_unit(double value, ChartUnit unit);

// `text` for HTML and SVG, in content and in quoted attributes.
std::string html_escaped(std::string_view text);

}  // namespace tocsin::drill
