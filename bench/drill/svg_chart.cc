#include "drill/svg_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

#include "drill/report_table.h"

namespace tocsin::drill {
namespace {

constexpr double width = 560;
constexpr double height = 270;
constexpr double left = 64;
constexpr double right = width - 16;
constexpr double top = 26;
constexpr double bottom = height - 30;
// Estimate of a label's width at the size the style sheet gives it.
constexpr double character_width = 6.2;
constexpr double linear_ticks = 5;
constexpr double decades_with_all_ticks = 2.5;

// From values to the svg's own coordinates.
class Scale {
 public:
  Scale(const ChartAxis& axis, double from, double to) : axis_(axis), from_(from), to_(to) {}

  double at(double value) const {
    const double inside = std::clamp(value, axis_.min, axis_.max);
    const double part = axis_.logarithmic
                            ? std::log(inside / axis_.min) / std::log(axis_.max / axis_.min)
                            : (inside - axis_.min) / (axis_.max - axis_.min);
    return from_ + part * (to_ - from_);
  }

 private:
  const ChartAxis& axis_;
  double from_;
  double to_;
};

// The step of 1, 2 or 5 times a power of `base` that makes about linear_ticks of `range`.
double nice_step(double range, ChartUnit unit) {
  const double rough = range / linear_ticks;
  if (unit == ChartUnit::bytes) return std::exp2(std::ceil(std::log2(rough)));
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power) return factor * power;
  }
  return 10 * power;
}

std::vector<double> log_ticks(const ChartAxis& axis) {
  std::vector<double> ticks;
  const bool all = std::log10(axis.max / axis.min) <= decades_with_all_ticks;
  for (double decade = std::pow(10, std::floor(std::log10(axis.min))); decade <= axis.max;
       decade *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * decade;
      if ((factor > 1 && !all) || value < axis.min || value > axis.max) continue;
      ticks.push_back(value);
    }
  }
  return ticks;
}

void put_grid(std::string& out, const Chart& chart, const Scale& x, const Scale& y) {
  for (const double value : axis_ticks(chart.y)) {
    const double at = y.at(value);
    out += fmt::format("<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>",
                       left, right, at);
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", left - 8,
                       at + 4, with_unit(value, chart.y.unit));
  }
  for (const double value : axis_ticks(chart.x)) {
    const double at = x.at(value);
    out += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>",
                       at, top, bottom);
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", at,
                       bottom + 18, with_unit(value, chart.x.unit));
  }
  out += fmt::format("<line class=\"axis\" x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\"/>", left,
                     right, bottom);
}

// A line each; a name only where there is room for it.
void put_marks(std::string& out, const Chart& chart, const Scale& x) {
  double free_from = left;
  for (const ChartMark& mark : chart.marks) {
    if (mark.x < chart.x.min || mark.x > chart.x.max) continue;
    const double at = x.at(mark.x);
    out += fmt::format(
        "<line class=\"mark\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"><title>{3}"
        "</title></line>",
        at, top - 6, bottom, html_escaped(mark.name));
    const double end = at + 3 + character_width * static_cast<double>(mark.name.size());
    if (at < free_from || end > width) continue;
    out += fmt::format("<text class=\"phase\" x=\"{:.1f}\" y=\"{}\">{}</text>", at + 3, top - 10,
                       html_escaped(mark.name));
    free_from = end + character_width;
  }
}

void put_series(std::string& out, const ChartSeries& series, const Scale& x, const Scale& y) {
  if (series.points.empty()) return;
  std::string points;
  for (const ChartPoint& point : series.points) {
    points += fmt::format("{:.1f},{:.1f} ", x.at(point.x), y.at(point.y));
  }
  if (series.filled) {
    out += fmt::format("<polygon class=\"c{}\" points=\"{}{:.1f},{} {:.1f},{}\"/>", series.colour,
                       points, x.at(series.points.back().x), bottom, x.at(series.points.front().x),
                       bottom);
  }
  out += fmt::format("<polyline class=\"c{}{}\" data-name=\"{}\" points=\"{}\"/>", series.colour,
                     series.dashed ? " dashed" : "", html_escaped(series.name), points);
}

std::string_view name_of(ChartUnit unit) {
  constexpr std::array<std::string_view, 5> names = {"ms", "s", "%", "bytes", ""};
  return names[static_cast<size_t>(unit)];
}

std::string with_bytes_unit(double bytes) {
  constexpr std::array<const char*, 4> units = {"B", "KiB", "MiB", "GiB"};
  size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
  return bytes < 10 && bytes != std::floor(bytes) ? fmt::format("{:.1f} {}", bytes, units[unit])
                                                  : fmt::format("{:.0f} {}", bytes, units[unit]);
}

}  // namespace

std::vector<double> axis_ticks(const ChartAxis& axis) {
  if (axis.logarithmic) return log_ticks(axis);
  std::vector<double> ticks;
  const double step = nice_step(axis.max - axis.min, axis.unit);
  // Counted, because adding up the step would drift.
  const double first = std::ceil(axis.min / step);
  for (double i = first; i * step <= axis.max * (1 + 1e-9); ++i) ticks.push_back(i * step);
  return ticks;
}

std::string with_unit(double value, ChartUnit unit) {
  switch (unit) {
    case ChartUnit::milliseconds:
      return value >= 1000 ? fmt::format("{:g} s", value / 1000) : fmt::format("{:g} ms", value);
    case ChartUnit::seconds:
      return fmt::format("{:g} s", value);
    case ChartUnit::percent:
      return fmt::format("{:g} %", value);
    case ChartUnit::bytes:
      return with_bytes_unit(value);
    case ChartUnit::count:
      break;
  }
  return with_commas(static_cast<uint64_t>(std::max(0.0, value + 0.5)));
}

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string svg_chart(const Chart& chart) {
  const Scale x(chart.x, left, right);
  const Scale y(chart.y, bottom, top);
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" data-left=\"{}\" "
      "data-right=\"{}\" "
      "data-top=\"{}\" data-bottom=\"{}\" data-xmin=\"{}\" data-xmax=\"{}\" data-xlog=\"{}\" "
      "data-xunit=\"{}\" data-ymin=\"{}\" data-ymax=\"{}\" data-yunit=\"{}\">",
      width, height, html_escaped(chart.title), left, right, top, bottom, chart.x.min, chart.x.max,
      chart.x.logarithmic ? 1 : 0, name_of(chart.x.unit), chart.y.min, chart.y.max,
      name_of(chart.y.unit));
  put_grid(out, chart, x, y);
  put_marks(out, chart, x);
  for (const ChartSeries& series : chart.series) put_series(out, series, x, y);
  return out + "</svg>\n";
}

}  // namespace tocsin::drill
