#include "dispatcher/report/series.h"

#include <fmt/format.h>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"

namespace tocsin::dispatcher {
namespace {

using internal::ActivityQuestion;

constexpr uint64_t minute_ms = 60'000;
constexpr uint64_t hour_ms = 60 * minute_ms;

uint64_t round_up(uint64_t ms, uint64_t step_ms) { return (ms + step_ms - 1) / step_ms * step_ms; }

// The steps asked for, without the app.
absl::StatusOr<ActivityQuestion> range_of(const v1::GetSeriesRequest& request, uint64_t now_ms) {
  if (!v1::GetSeriesRequest::Step_IsValid(request.step())) {
    return invalid_field("step", "must be MINUTE or HOUR");
  }
  const bool hourly = request.step() == v1::GetSeriesRequest::HOUR;
  const uint64_t step_ms = hourly ? hour_ms : minute_ms;
  const uint64_t until_ms =
      round_up(request.has_until_time() ? json::ms_of(request.until_time()) : now_ms + 1, step_ms);
  const uint64_t default_ms = limits::series_steps_default * step_ms;
  uint64_t from_ms = request.has_from_time() ? json::ms_of(request.from_time())
                     : until_ms > default_ms ? until_ms - default_ms
                                             : 0;
  from_ms -= from_ms % step_ms;
  if (from_ms >= until_ms) return invalid_field("until_time", "must be after from_time");
  if (until_ms - from_ms > limits::series_steps_max * step_ms) {
    return invalid_field(
        "from_time", fmt::format("at most {} steps before until_time", limits::series_steps_max));
  }
  ActivityQuestion question;
  question.set_hourly(hourly);
  question.set_from_ms(from_ms);
  question.set_until_ms(until_ms);
  return question;
}

v1::Series series_of(const ActivityQuestion::Answer& answer) {
  v1::Series series;
  for (const ActivityQuestion::Step& step : answer.steps()) {
    v1::Series::Point& point = *series.add_points();
    json::set_time(*point.mutable_begin_time(), step.begins_at_ms());
    point.set_messages(step.activity().messages());
    point.set_targeted(step.activity().targeted());
    point.set_delivered(step.activity().delivered());
    point.set_opened(step.activity().opened());
    point.set_dropped(step.activity().dropped());
  }
  return series;
}

}  // namespace

void Series::get(const cluster::AppConfig& app, const v1::GetSeriesRequest& request, Reply reply) {
  auto question = range_of(request, wall_ms());
  if (!question.ok()) return reply.fail(question.status());
  question->set_app_id(app.id.value);
  services_.storage.ask(*std::move(question), [reply = std::move(reply)](auto steps) {
    steps.ok() ? reply.send(series_of(*steps)) : reply.fail(unread("a series", steps.status()));
  });
}

}  // namespace tocsin::dispatcher
