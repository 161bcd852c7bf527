#include "cli/calls/watch.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <thread>
#include <utility>
#include <vector>

#include <google/protobuf/util/time_util.h>

#include "base/clock.h"
#include "cli/duration.h"
#include "cli/table.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

constexpr uint64_t poll_ms_min = 100;
constexpr uint64_t poll_ms_max = 1000;

std::string text_of(const google::protobuf::Duration& duration) {
  return duration_text(static_cast<uint64_t>(TimeUtil::DurationToMilliseconds(duration)));
}

}  // namespace

std::vector<Row> latency_rows(const v1::MessageReport::Latency& latency) {
  return {{"latency", ""},
          {"  p50", text_of(latency.p50())},
          {"  p95", text_of(latency.p95())},
          {"  p99", text_of(latency.p99())},
          {"  p100", text_of(latency.p100())}};
}

std::string report_table(const v1::MessageReport& report) {
  std::vector<Row> rows = {{"message", report.message_id()},
                           {"accepted", TimeUtil::ToString(report.accept_time())},
                           {"expires", TimeUtil::ToString(report.expire_time())},
                           {"priority", v1::SendRequest::Priority_Name(report.priority())}};
  if (!report.label().empty()) rows.push_back({"label", report.label()});
  if (!report.group().empty()) rows.push_back({"group", report.group()});
  rows.insert(rows.end(), {{"targeted", fmt::format("{}", report.targeted())},
                           {"  pending", fmt::format("{}", report.pending())},
                           {"  delivered", fmt::format("{}", report.delivered())},
                           {"    opened", fmt::format("{}", report.opened())},
                           {"  expired", fmt::format("{}", report.expired())},
                           {"  replaced", fmt::format("{}", report.replaced())},
                           {"  recalled", fmt::format("{}", report.recalled())},
                           {"  dropped", fmt::format("{}", report.dropped())}});
  if (report.has_rollout()) {
    const auto& rollout = report.rollout();
    rows.insert(rows.end(), {{"rollout", v1::MessageReport::Rollout::State_Name(rollout.state())},
                             {"  released", fmt::format("{}", rollout.released())},
                             {"  held", fmt::format("{}", rollout.held())}});
    if (!rollout.stop_reason().empty()) rows.push_back({"  why", rollout.stop_reason()});
  }
  if (report.has_latency()) {
    for (Row& row : latency_rows(report.latency())) rows.push_back(std::move(row));
  }
  return table(rows);
}

std::string progress_line(const v1::MessageReport& report) {
  return fmt::format("{} of {} delivered, {} pending", report.delivered(), report.targeted(),
                     report.pending());
}

Watch::Watch(const Session& session, const std::string& message)
    : session_(session),
      target_(fmt::format("{}/{}", messages_path(session), path_segment(message))),
      progress_(session.console) {}

int Watch::run(uint64_t deadline_ms, bool fresh) {
  uint64_t poll_ms = poll_ms_min;
  while (true) {
    answer_ = session_.api.get(target_);
    const bool early = fresh && answer_.ok() && answer_->status == 404;
    const bool late = monotonic_ms() >= deadline_ms;
    if (!early || late) {
      if (const int code = judge(session_, answer_); code != ExitCode::ok) return end(code);
      parse_answer(answer_->body, report_);
      progress_.show(progress_line(report_));
      if (report_.pending() == 0) return end(ExitCode::ok);
    }
    if (late) return end(ExitCode::pending);
    std::this_thread::sleep_for(std::chrono::milliseconds(poll_ms));
    poll_ms = std::min(poll_ms * 2, poll_ms_max);
  }
}

void Watch::write_report() const {
  session_.console.out << (session_.json ? answer_->body : report_table(report_));
}

int Watch::end(int code) {
  progress_.end();
  return code;
}

}  // namespace tocsin::cli
