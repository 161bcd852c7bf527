#include <fmt/format.h>
#include <utility>
#include <vector>

#include <google/protobuf/util/time_util.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/live_watch.h"
#include "cli/send_time.h"
#include "cli/spark.h"
#include "cli/watch.h"
#include "tocsin/v1/reports.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t spark_width = 60;

// The range of the arguments as parameters of a query that has some already.
std::string range_of(const Arguments& arguments) {
  std::string query;
  for (const auto& [name, text] :
       {std::pair{"fromTime", arguments.from}, std::pair{"untilTime", arguments.until}}) {
    const auto time = parse_past_time(text, wall_ms());
    if (time) query += fmt::format("&{}={}", name, path_segment(TimeUtil::ToString(*time)));
  }
  return query;
}

std::string text_of(const v1::Totals& totals) {
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

// One number of all steps from the first point to the last, those left out too.
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

std::string text_of(const v1::Series& series, int64_t step_s) {
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

}  // namespace

int watch(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return LiveWatch(session, *key, session.arguments.message).run(/*fresh=*/false);
}

int show_totals(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const Arguments& arguments = session.arguments;
  const std::string target =
      fmt::format("{}/totals?label={}&group={}{}", app_path(session), path_segment(arguments.label),
                  path_segment(arguments.group), range_of(arguments));
  return write_answer<v1::Totals>(session, session.api.get(target, *key),
                                  [](const v1::Totals& totals) { return text_of(totals); });
}

int show_series(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const bool hourly = session.arguments.hourly;
  const std::string target = fmt::format("{}/series?step={}{}", app_path(session),
                                         hourly ? "HOUR" : "MINUTE", range_of(session.arguments));
  return write_answer<v1::Series>(
      session, session.api.get(target, *key),
      [hourly](const v1::Series& series) { return text_of(series, hourly ? 3600 : 60); });
}

}  // namespace tocsin::cli
