#include "dispatcher/report/series.h"

#include <fmt/format.h>
#include <utility>

#include "json/timestamp.h"
#include "base/clock.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/resource.h"

namespace tocsin::dispatcher {
namespace {

using Range = storage::Storage::ActivityRange;

uint64_t round_up(uint64_t ms, uint64_t step_ms) { return (ms + step_ms - 1) / step_ms * step_ms; }

absl::StatusOr<Range> range_of(const v1::GetSeriesRequest& request, uint64_t now_ms) {
  if (!v1::GetSeriesRequest::Step_IsValid(request.step())) {
    return invalid_field("step", "must be MINUTE or HOUR");
  }
  Range range;
  range.step = request.step() == v1::GetSeriesRequest::HOUR ? storage::ActivityStep::hour
                                                            : storage::ActivityStep::minute;
  const uint64_t step_ms = storage::step_ms(range.step);
  const uint64_t until_ms = request.has_until_time() ? json::ms_of(request.until_time()) : now_ms + 1;
  range.until_ms = round_up(until_ms, step_ms);
  const uint64_t default_ms = limits::series_steps_default * step_ms;
  range.from_ms = request.has_from_time()       ? json::ms_of(request.from_time())
                  : range.until_ms > default_ms ? range.until_ms - default_ms
                                                : 0;
  range.from_ms -= range.from_ms % step_ms;
  if (range.from_ms >= range.until_ms) {
    return invalid_field("until_time", "must be behind from_time");
  }
  if (range.until_ms - range.from_ms > limits::series_steps_max * step_ms) {
    return invalid_field(
        "from_time", fmt::format("at most {} steps before until_time", limits::series_steps_max));
  }
  return range;
}

v1::Series series_of(const std::vector<storage::Activity>& steps) {
  v1::Series series;
  for (const storage::Activity& step : steps) {
    v1::Series::Point& point = *series.add_points();
    json::set_time(*point.mutable_begin_time(), step.begins_at_ms);
    point.set_messages(step.messages);
    point.set_targeted(step.targeted);
    point.set_delivered(step.delivered);
    point.set_opened(step.opened);
    point.set_dropped(step.dropped);
  }
  return series;
}

}  // namespace

void Series::get(const cluster::AppConfig& app, const v1::GetSeriesRequest& request, Reply reply) {
  const auto range = range_of(request, wall_ms());
  if (!range.ok()) return reply.fail(range.status());
  services_.storage.activity(app.id, *range, [reply = std::move(reply)](auto steps) {
    steps.ok() ? reply.send(series_of(*steps)) : reply.fail(unread("a series", steps.status()));
  });
}

}  // namespace tocsin::dispatcher
