#include "drill/html_report.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <optional>
#include <string_view>

#include "drill/html_page.h"
#include "drill/report_table.h"
#include "drill/svg_chart.h"

namespace tocsin::drill {
namespace {

constexpr int colours = 8;

struct NamedRound {
  std::string name;
  const RoundReport* round = nullptr;
  int colour = 0;
  bool competing = false;
};

// The alerts in the order they were sent; broadcasts are not among them.
std::vector<NamedRound> alerts_of(const Report& report) {
  std::vector<NamedRound> alerts;
  for (size_t i = 0; i < report.rounds.size(); ++i) {
    const int colour = static_cast<int>(i) % colours;
    alerts.push_back({fmt::format("round {}", i + 1), &report.rounds[i], colour, false});
    if (i >= report.competing.size()) continue;
    alerts.push_back(
        {fmt::format("round {}, competing", i + 1), &report.competing[i].alert, colour, true});
  }
  return alerts;
}

std::string legend(const std::vector<ChartSeries>& series) {
  std::string out = "<div class=\"legend\">";
  for (const ChartSeries& one : series) {
    const std::string name = html_escaped(one.name);
    out +=
        fmt::format("<button type=\"button\" data-name=\"{}\"><i class=\"c{}\"></i>{}{}</button>",
                    name, one.colour, name, one.dashed ? " (dashed)" : "");
  }
  return out + "</div>";
}

std::string card(std::string_view heading, std::string_view note, const Chart& chart) {
  return fmt::format("<section class=\"card\"><h2>{}</h2><p>{}</p>{}{}</section>\n",
                     html_escaped(heading), html_escaped(note), svg_chart(chart),
                     legend(chart.series));
}

std::string distribution_card(const std::vector<NamedRound>& alerts) {
  Chart chart;
  chart.title = "Share of the devices that have the alert, by time since the API call";
  double fastest_ms = 1e9;
  double slowest_ms = 0;
  for (const NamedRound& alert : alerts) {
    ChartSeries series{alert.name, alert.colour, alert.competing, false, {}};
    for (const CurvePoint& point : alert.round->curve) {
      series.points.push_back({point.wait_ms, 100 * point.share});
      fastest_ms = std::min(fastest_ms, point.wait_ms);
      slowest_ms = std::max(slowest_ms, point.wait_ms);
    }
    chart.series.push_back(std::move(series));
  }
  fastest_ms = std::clamp(fastest_ms, 0.01, std::max(slowest_ms, 0.01));
  chart.x = {ChartUnit::milliseconds, true, fastest_ms * 0.9,
             std::max(slowest_ms * 1.1, fastest_ms * 2)};
  chart.y = {ChartUnit::percent, false, 0, 100};
  return card("How long a device waits",
              "Share of the devices that had the alert, by time since the API call (logarithmic).",
              chart);
}

std::string delivered_card(const std::vector<NamedRound>& alerts) {
  Chart chart;
  chart.title = "Devices that have the alert over time";
  uint64_t devices = 1;
  double slowest_ms = 1;
  for (const NamedRound& alert : alerts) {
    const auto expected = static_cast<double>(alert.round->expected);
    devices = std::max(devices, alert.round->expected);
    ChartSeries series{alert.name, alert.colour, alert.competing, false, {{0, 0}}};
    for (const CurvePoint& point : alert.round->curve) {
      series.points.push_back({point.wait_ms, point.share * expected});
      slowest_ms = std::max(slowest_ms, point.wait_ms);
    }
    chart.series.push_back(std::move(series));
  }
  if (alerts.size() == 1) chart.series.front().filled = true;
  chart.x = {ChartUnit::milliseconds, false, 0, slowest_ms * 1.02};
  chart.y = {ChartUnit::count, false, 0, static_cast<double>(devices) * 1.02};
  if (!alerts.empty()) {
    chart.marks.push_back({alerts.front().round->accepted_ms, "accepted by the API"});
  }
  return card("Delivered over time",
              "Devices that have the alert, by time since the API call; the line ends at the last "
              "device.",
              chart);
}

std::vector<ChartMark> phases_of(const Timeline& timeline) {
  std::vector<ChartMark> marks;
  for (const TimelineMark& mark : timeline.marks) marks.push_back({mark.at_s, mark.name});
  return marks;
}

// A chart of two members of the samples, servers first.
std::string timeline_card(const Timeline& timeline, std::string_view heading, std::string_view note,
                          ChartUnit unit, double TimelineSample::*servers,
                          double TimelineSample::*workers) {
  Chart chart;
  chart.title = heading;
  chart.series = {{"servers", 0, false, true, {}}, {"workers of the drill", 1, false, false, {}}};
  double highest = 1;
  for (const TimelineSample& sample : timeline.samples) {
    chart.series[0].points.push_back({sample.at_s, sample.*servers});
    chart.series[1].points.push_back({sample.at_s, sample.*workers});
    highest = std::max({highest, sample.*servers, sample.*workers});
  }
  const double end_s = timeline.samples.empty() ? 1 : timeline.samples.back().at_s;
  chart.x = {ChartUnit::seconds, false, 0, std::max(end_s, 0.1)};
  chart.y = {unit, false, 0, highest * 1.08};
  chart.marks = phases_of(timeline);
  return card(heading, note, chart);
}

std::string tile(std::string_view value, std::string_view unit, std::string_view label) {
  return fmt::format("<div class=\"tile\"><b>{} <small>{}</small></b><span>{}</span></div>",
                     html_escaped(value), html_escaped(unit), html_escaped(label));
}

std::string tiles(const Report& report) {
  const auto ms = [&](double RoundReport::*member) {
    return fmt::format("{:.1f}", spread_over(report.rounds, member).median);
  };
  std::string out = "<div class=\"tiles\">";
  out += tile(with_commas(report.connect.connected), "", "devices connected");
  out += tile(ms(&RoundReport::p50_ms), "ms", "half of the devices (p50)");
  out += tile(ms(&RoundReport::p99_ms), "ms", "99 % of the devices (p99)");
  out += tile(ms(&RoundReport::p100_ms), "ms", "the last device (p100)");
  out += tile(with_commas(total_over(all_rounds(report), &RoundReport::missing)), "",
              "deliveries missed");
  if (report.memory.user_bytes_per_connection.has_value()) {
    out += tile(fmt::format("{:.0f}", *report.memory.user_bytes_per_connection), "B",
                "server memory per connection");
  }
  const auto cpu = spread_over(report.rounds, &RoundReport::server_cpu_us_per_delivery);
  if (cpu.has_value()) {
    out += tile(fmt::format("{:.1f}", cpu->median), "µs", "server CPU per delivery");
  }
  const auto ratio = spread_over(report.competing, &CompetingReport::p100_ratio);
  if (ratio.has_value()) {
    out += tile(fmt::format("{:.2f}", ratio->median), "×", "last device, against a broadcast");
  }
  return out + "</div>\n";
}

std::string verdict(const Report& report, const std::vector<std::string>& missed) {
  std::string out;
  if (all_well(report)) {
    out = "<div class=\"verdict\">Every device got every message, each exactly once.</div>";
  } else {
    const std::vector<RoundReport> all = all_rounds(report);
    out = fmt::format(
        "<div class=\"verdict bad\">Not well: {} not connected, {} deliveries missed, {} twice to "
        "the app.</div>",
        with_commas(report.connect.devices - report.connect.connected),
        with_commas(total_over(all, &RoundReport::missing)),
        with_commas(total_over(all, &RoundReport::app_duplicates)));
  }
  for (const std::string& line : missed) {
    out += fmt::format("<div class=\"verdict bad\">Target missed: {}</div>", html_escaped(line));
  }
  return out + "\n";
}

std::string round_row(std::string_view name, const RoundReport& round) {
  std::string out = fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>", html_escaped(name),
                                with_commas(round.delivered), with_commas(round.missing));
  for (const double value : {round.accepted_ms, round.p50_ms, round.p90_ms, round.p99_ms,
                             round.p99_9_ms, round.p100_ms}) {
    out += fmt::format("<td>{:.1f}</td>", value);
  }
  const std::optional<double>& cpu = round.server_cpu_us_per_delivery;
  out += cpu.has_value() ? fmt::format("<td>{:.1f}</td>", *cpu) : "<td>–</td>";
  return out + fmt::format("<td>{}</td></tr>", round.books_closed ? "agree" : "do not agree");
}

std::string rounds_table(const Report& report) {
  std::string out =
      "<section class=\"card\"><h2>Rounds</h2><p>Milliseconds from the API call to the device; "
      "server CPU in µs per delivery until the last device had it.</p><table><tr><th></th>"
      "<th>delivered</th><th>missing</th><th>accepted</th><th>p50</th><th>p90</th><th>p99</th>"
      "<th>p99.9</th><th>p100</th><th>CPU</th><th>books</th></tr>";
  for (size_t i = 0; i < report.rounds.size(); ++i) {
    out += round_row(fmt::format("{}", i + 1), report.rounds[i]);
    if (i >= report.competing.size()) continue;
    out += round_row(fmt::format("{}, competing", i + 1), report.competing[i].alert);
    out += round_row(fmt::format("{}, the broadcast", i + 1), report.competing[i].broadcast);
  }
  return out + "</table></section>\n";
}

std::string fact(std::string_view name, std::string_view value) {
  return fmt::format("<tr><td>{}</td><td>{}</td></tr>", html_escaped(name), html_escaped(value));
}

std::string bytes_fact(std::string_view name, const std::optional<double>& bytes) {
  return bytes.has_value() ? fact(name, fmt::format("{:.0f} B per connection", *bytes)) : "";
}

std::string setting_table(const Report& report) {
  const ConnectReport& connect = report.connect;
  const MemoryReport& memory = report.memory;
  std::string out = "<section class=\"card\"><h2>Setting</h2><table class=\"facts\">";
  out += fact("Machine", fmt::format("{} × {}, Linux {}; servers and devices share it", report.cpus,
                                     report.cpu_model, report.kernel));
  out += fact("Processes", fmt::format("{} server{}, {} worker{}", report.servers,
                                       report.servers == 1 ? "" : "s", report.workers,
                                       report.workers == 1 ? "" : "s"));
  out += fact("Devices", fmt::format("{}, each a TLS 1.3 connection; {} never read",
                                     with_commas(connect.devices), with_commas(connect.stuck)));
  if (!report.limited_by.empty()) out += fact("Fewer than asked for", report.limited_by);
  out += fact("Connected", fmt::format("in {:.1f} s, {:.0f} handshakes/s, {} failed attempts, {} "
                                       "reconnects",
                                       connect.seconds, connect.handshakes_per_s, connect.failures,
                                       connect.reconnects));
  out += fact("Alert", fmt::format("priority {}, {} bytes", report.priority, report.payload_bytes));
  out += bytes_fact("Memory: servers", memory.user_bytes_per_connection);
  out += bytes_fact("Memory: sockets, both ends", memory.kernel_bytes_per_connection);
  out += bytes_fact("Memory: workers", memory.worker_bytes_per_connection);
  out += bytes_fact("Memory: all of the machine", memory.machine_bytes_per_connection);
  out += "</table>";
  if (!report.command.empty()) {
    out += fmt::format("<pre>{}</pre>", html_escaped(report.command));
  }
  return out + "</section>\n";
}

std::string charts(const Report& report) {
  const std::vector<NamedRound> alerts = alerts_of(report);
  std::string out = "<div class=\"cards\">\n";
  out += distribution_card(alerts);
  out += delivered_card(alerts);
  out += timeline_card(report.timeline, "Memory over time",
                       "Resident memory, all processes of a kind together.", ChartUnit::bytes,
                       &TimelineSample::servers_rss_bytes, &TimelineSample::workers_rss_bytes);
  out +=
      timeline_card(report.timeline, "CPU over time",
                    "In percent of one core, all processes of a kind together.", ChartUnit::percent,
                    &TimelineSample::servers_cpu_percent, &TimelineSample::workers_cpu_percent);
  return out + "</div>\n";
}

}  // namespace

std::string html_report(const Report& report, const std::vector<std::string>& missed) {
  const std::string title =
      fmt::format("An alert to {} devices", with_commas(report.connect.connected));
  const std::string made = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)));
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>{0} - Tocsin drill</title><style>{1}</style></head><body><main>\n"
      "<h1>{0}</h1><p>Tocsin drill, {2}. Median of {3} round{4} where there are several.</p>\n",
      title, html_style, made, report.rounds.size(), report.rounds.size() == 1 ? "" : "s");
  out += verdict(report, missed);
  out += tiles(report);
  out += charts(report);
  out += rounds_table(report);
  out += setting_table(report);
  out +=
      fmt::format("</main><div id=\"tip\"></div><script>{}</script></body></html>\n", html_script);
  return out;
}

}  // namespace tocsin::drill
