#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <thread>

#include <google/protobuf/util/time_util.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/table.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

constexpr uint64_t poll_ms_min = 100;
constexpr uint64_t poll_ms_max = 1000;

std::string messages_path(const Session& session) {
  return fmt::format("/v1/apps/{}/messages", path_segment(session.arguments.app));
}

v1::SendRequest request_of(const Arguments& arguments) {
  v1::SendRequest request;
  if (arguments.devices.size() == 1) {
    request.set_device(arguments.devices[0]);
  } else if (!arguments.devices.empty()) {
    for (const std::string& id : arguments.devices) request.mutable_devices()->add_ids(id);
  } else if (arguments.everyone) {
    request.set_everyone(true);
  } else if (!arguments.alias.empty()) {
    request.set_alias(arguments.alias);
  } else if (!arguments.audience.empty()) {
    request.set_audience(arguments.audience);
  } else {
    request.set_tag(arguments.tag);
  }
  if (!arguments.title.empty()) request.mutable_notification()->set_title(arguments.title);
  if (!arguments.body.empty()) request.mutable_notification()->set_body(arguments.body);
  for (const auto& [key, value] : arguments.data) (*request.mutable_data())[key] = value;
  if (!arguments.ttl.empty()) TimeUtil::FromString(arguments.ttl, request.mutable_ttl());
  request.set_collapse_key(arguments.collapse_key);
  std::string priority = arguments.priority;
  std::transform(priority.begin(), priority.end(), priority.begin(), ::toupper);
  v1::SendRequest::Priority value;
  if (v1::SendRequest::Priority_Parse(priority, &value)) request.set_priority(value);
  return request;
}

std::string report_table(const v1::MessageReport& report) {
  return table({{"message", report.message_id()},
                {"accepted", TimeUtil::ToString(report.accept_time())},
                {"expires", TimeUtil::ToString(report.expire_time())},
                {"priority", v1::SendRequest::Priority_Name(report.priority())},
                {"targeted", fmt::format("{}", report.targeted())},
                {"  pending", fmt::format("{}", report.pending())},
                {"  delivered", fmt::format("{}", report.delivered())},
                {"    opened", fmt::format("{}", report.opened())},
                {"  expired", fmt::format("{}", report.expired())},
                {"  replaced", fmt::format("{}", report.replaced())},
                {"  recalled", fmt::format("{}", report.recalled())},
                {"  dropped", fmt::format("{}", report.dropped())}});
}

std::string progress_line(const v1::MessageReport& report) {
  return fmt::format("{} of {} delivered, {} pending", report.delivered(), report.targeted(),
                     report.pending());
}

// The report of a message, again and again until nobody is pending.
class Watch {
 public:
  Watch(const Session& session, std::string key, const std::string& message)
      : session_(session),
        key_(std::move(key)),
        target_(fmt::format("{}/{}", messages_path(session), path_segment(message))) {}

  // `fresh`: the message was accepted a moment ago, so storage may not know it yet.
  int run(uint64_t deadline_ms, bool fresh) {
    uint64_t poll_ms = poll_ms_min;
    while (true) {
      answer_ = session_.api.get(target_, key_);
      const bool early = fresh && answer_.ok() && answer_->status == 404;
      const bool late = monotonic_ms() >= deadline_ms;
      if (!early || late) {
        if (const int code = judge(session_, answer_); code != ExitCode::ok) return end(code);
        parse_answer(answer_->body, report_);
        show_progress();
        if (report_.pending() == 0) return end(ExitCode::ok);
      }
      if (late) return end(ExitCode::pending);
      std::this_thread::sleep_for(std::chrono::milliseconds(poll_ms));
      poll_ms = std::min(poll_ms * 2, poll_ms_max);
    }
  }

  void write_report() const {
    session_.console.out << (session_.arguments.json ? answer_->body : report_table(report_));
  }

 private:
  void show_progress() {
    if (!session_.console.err_is_terminal) return;
    session_.console.err << '\r' << progress_line(report_) << "\x1b[K" << std::flush;
    shown_ = true;
  }

  int end(int code) {
    if (shown_) session_.console.err << '\n';
    return code;
  }

  const Session& session_;
  std::string key_;
  std::string target_;
  absl::StatusOr<runtime::HttpsAnswer> answer_;
  v1::MessageReport report_;
  bool shown_ = false;
};

int wait_for(const Session& session, const std::string& key, const std::string& message) {
  Watch watch(session, key, message);
  const int code = watch.run(monotonic_ms() + session.arguments.wait_s_max * 1000, true);
  if (code == ExitCode::ok || code == ExitCode::pending) watch.write_report();
  if (code == ExitCode::pending) {
    session.console.err << fmt::format(
        "tocsin: not everybody has it yet; see later with: tocsin report --app {} {}\n",
        session.arguments.app, message);
  }
  return code;
}

}  // namespace

int send(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const auto answer = session.api.post(messages_path(session), *key, request_of(session.arguments));
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::SendResponse accepted;
  const bool readable = parse_answer(answer->body, accepted);
  if (session.arguments.json || !readable) {
    session.console.out << answer->body;
  } else {
    session.console.out << fmt::format("Accepted {}, worth delivering until {}.\n",
                                       accepted.message_id(),
                                       TimeUtil::ToString(accepted.expire_time()));
  }
  if (!session.arguments.wait || !readable) return ExitCode::ok;
  return wait_for(session, *key, accepted.message_id());
}

int report(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  Watch watch(session, *key, session.arguments.message);
  int code = watch.run(session.arguments.watch ? UINT64_MAX : 0, false);
  if (code == ExitCode::pending) code = ExitCode::ok;
  if (code == ExitCode::ok) watch.write_report();
  return code;
}

int recall(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::RecallRequest request;
  request.set_notify(session.arguments.notify);
  const std::string target =
      fmt::format("{}/{}/recall", messages_path(session), path_segment(session.arguments.message));
  const auto answer = session.api.post(target, *key, request);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::RecallResponse recalled;
  if (session.arguments.json || !parse_answer(answer->body, recalled)) {
    session.console.out << answer->body;
    return ExitCode::ok;
  }
  session.console.out << fmt::format("Recalled {}.\n", recalled.message_id());
  if (!recalled.notice_message_id().empty()) {
    session.console.out << fmt::format("Those who have it are told by message {}.\n",
                                       recalled.notice_message_id());
  }
  return ExitCode::ok;
}

int why(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const auto answer = session.api.get(fmt::format("{}/{}/devices/{}", messages_path(session),
                                                  path_segment(session.arguments.message),
                                                  path_segment(session.arguments.devices.front())),
                                      *key);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::DeviceReport report;
  if (session.arguments.json || !parse_answer(answer->body, report)) {
    session.console.out << answer->body;
    return ExitCode::ok;
  }
  session.console.out << fmt::format("{}: {}\n", v1::DeviceReport::State_Name(report.state()),
                                     report.reason());
  return ExitCode::ok;
}

}  // namespace tocsin::cli
