#include <algorithm>
#include <fmt/format.h>

#include <google/protobuf/util/time_util.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/watch.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

Row row_of(const v1::MessageReport& report) {
  return {report.message_id(),
          TimeUtil::ToString(report.accept_time()),
          fmt::format("{}", report.targeted()),
          fmt::format("{}", report.delivered()),
          fmt::format("{}", report.opened()),
          fmt::format("{}", report.pending()),
          report.label()};
}

}  // namespace

int list_messages(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const Arguments& arguments = session.arguments;
  Listing listing(session,
                  {"MESSAGE", "ACCEPTED", "TARGETED", "DELIVERED", "OPENED", "PENDING", "LABEL"},
                  arguments.limit);
  const std::string target =
      fmt::format("{}?pageSize={}&label={}&group={}", messages_path(session),
                  std::min(arguments.limit, limits::messages_page_max),
                  path_segment(arguments.label), path_segment(arguments.group));
  return listing.run<v1::ListMessagesResponse>(
      *key, target, [](const auto& page) -> const auto& { return page.messages(); }, row_of);
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
  return write_answer<v1::RecallResponse>(
      session, session.api.post(target, *key, request), [](const v1::RecallResponse& recalled) {
        std::string text = fmt::format("Recalled {}.\n", recalled.message_id());
        if (!recalled.notice_message_id().empty()) {
          text += fmt::format("Those who have it are told by message {}.\n",
                              recalled.notice_message_id());
        }
        return text;
      });
}

int stop(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const std::string target =
      fmt::format("{}/{}/stop", messages_path(session), path_segment(session.arguments.message));
  return write_answer<v1::MessageReport>(
      session, session.api.post(target, *key, v1::StopRequest()),
      [](const v1::MessageReport& report) {
        return fmt::format("{}: sent to {} devices, {} do not get it.\n",
                           v1::MessageReport::Rollout::State_Name(report.rollout().state()),
                           report.rollout().released(), report.dropped_because().rollout_stopped());
      });
}

int why(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const std::string target = fmt::format("{}/{}/devices/{}", messages_path(session),
                                         path_segment(session.arguments.message),
                                         path_segment(session.arguments.devices.front()));
  return write_answer<v1::DeviceReport>(
      session, session.api.get(target, *key), [](const v1::DeviceReport& report) {
        return fmt::format("{}: {}\n", v1::DeviceReport::State_Name(report.state()),
                           report.reason());
      });
}

}  // namespace tocsin::cli
