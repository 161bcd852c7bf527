// totals, series: what became of many messages, added up or minute by minute.
#include <fmt/format.h>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <google/protobuf/util/time_util.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/calls/watch.h"
#include "cli/commands/commands.h"
#include "cli/send_time.h"
#include "cli/spark.h"
#include "cli/table.h"
#include "tocsin/v1/reports.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t spark_width = 60;

struct Range {
  std::string from;  // in the syntax of parse_past_time()
  std::string until;
};

struct TotalsOptions {
  std::string label;
  std::string group;
  Range range;
};

struct SeriesOptions {
  bool hourly = false;
  Range range;
};

// CLI11 calls it; it returns the complaint, or "" if there is none.
std::string check_past_time(const std::string& text) {
  if (parse_past_time(text, 0)) return {};
  return fmt::format(
      "'{}' is not a time: give one like 2026-11-22T18:00:00Z, or 2d for two days ago", text);
}

void add_range(CLI::App& command, Range& range) {
  for (const auto& [name, to, help] :
       {std::tuple{"--from", &range.from, "From this time: RFC 3339, or how long ago, such as 2d"},
        {"--until", &range.until, "Until this time; default: now"}}) {
    command.add_option(name, *to, help)->check(CLI::Validator(check_past_time, ""));
  }
}

// As parameters of a query that already has some.
std::string query_of(const Range& range) {
  std::string query;
  for (const auto& [name, text] :
       {std::pair{"fromTime", range.from}, std::pair{"untilTime", range.until}}) {
    const auto time = parse_past_time(text, wall_ms());
    if (time) query += fmt::format("&{}={}", name, path_segment(TimeUtil::ToString(*time)));
  }
  return query;
}

std::string totals_text(const v1::Totals& totals) {
  std::vector<Row> rows = {{"messages", fmt::format("{}", totals.messages())},
                           {"targeted", fmt::format("{}", totals.targeted())},
                           {"  pending", fmt::format("{}", totals.pending())},
                           {"  delivered", fmt::format("{}", totals.delivered())},
                           {"    opened", fmt::format("{}", totals.opened())},
                           {"  expired", fmt::format("{}", totals.expired())},
                           {"  replaced", fmt::format("{}", totals.replaced())},
                           {"  recalled", fmt::format("{}", totals.recalled())},
                           {"  dropped", fmt::format("{}", totals.dropped())}};
  if (totals.has_latency()) {
    for (Row& row : latency_rows(totals.latency())) rows.push_back(std::move(row));
  }
  return table(rows) +
         (totals.truncated() ? "\nThere are more messages: these are the newest.\n" : "");
}

// One number for each step from the first point to the last, including those left out.
template <typename NumberOf>
std::vector<uint64_t> steps_of(const v1::Series& series, int64_t step_s, NumberOf number_of) {
  std::vector<uint64_t> steps;
  for (const auto& point : series.points()) {
    const int64_t since_s = point.begin_time().seconds() - series.points(0).begin_time().seconds();
    const auto index = static_cast<size_t>(since_s / step_s);
    if (index >= limits::series_steps_max) break;
    steps.resize(index + 1);
    steps[index] = number_of(point);
  }
  return steps;
}

std::string series_text(const v1::Series& series, int64_t step_s) {
  if (series.points().empty()) return "Nothing happened in that time.\n";
  std::vector<Row> rows = {{"BEGIN", "MESSAGES", "TARGETED", "DELIVERED", "OPENED", "DROPPED"}};
  for (const auto& point : series.points()) {
    rows.push_back({TimeUtil::ToString(point.begin_time()), fmt::format("{}", point.messages()),
                    fmt::format("{}", point.targeted()), fmt::format("{}", point.delivered()),
                    fmt::format("{}", point.opened()), fmt::format("{}", point.dropped())});
  }
  const auto delivered = steps_of(series, step_s, [](const auto& p) { return p.delivered(); });
  const auto opened = steps_of(series, step_s, [](const auto& p) { return p.opened(); });
  return fmt::format("{}\ndelivered  {}\nopened     {}\n", table(rows),
                     spark(delivered, spark_width), spark(opened, spark_width));
}

int show_totals(const Session& session, const TotalsOptions& options) {
  const std::string target =
      fmt::format("{}/totals?label={}&group={}{}", app_path(session), path_segment(options.label),
                  path_segment(options.group), query_of(options.range));
  return write_answer<v1::Totals>(session, session.api.get(target), totals_text);
}

int show_series(const Session& session, const SeriesOptions& options) {
  const std::string target =
      fmt::format("{}/series?step={}{}", app_path(session), options.hourly ? "HOUR" : "MINUTE",
                  query_of(options.range));
  return write_answer<v1::Series>(session, session.api.get(target),
                                  [step_s = options.hourly ? 3600 : 60](const v1::Series& series) {
                                    return series_text(series, step_s);
                                  });
}

}  // namespace

void add_totals(CommandLine& line) {
  auto [command, options] =
      line.add_on_app(line.root(), "totals", "The reports of many messages added up", show_totals);
  CLI::Option* label =
      command.add_option("--label", options.label, "Only messages with this label");
  command.add_option("--group", options.group, "Only messages of this group")->excludes(label);
  add_range(command, options.range);
  command.footer("Such as: tocsin totals --app demo --label news --from 7d");
}

void add_series(CommandLine& line) {
  auto [command, options] = line.add_on_app(
      line.root(), "series", "What happened in the app, minute by minute", show_series);
  command.add_flag("--hourly", options.hourly, "Hour by hour; minutes are kept 2 days, hours 90");
  add_range(command, options.range);
  command.footer("Such as: tocsin series --app demo --hourly --from 7d");
}

}  // namespace tocsin::cli
