// messages, report, watch, recall, stop, why: commands about messages that were sent.
#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <string>

#include <CLI/App.hpp>
#include <google/protobuf/util/time_util.h>

#include "base/limits.h"
#include "cli/calls/listing.h"
#include "cli/calls/live_watch.h"
#include "cli/calls/watch.h"
#include "cli/commands/commands.h"
#include "cli/options.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

struct ListOptions {
  std::string label;
  std::string group;
  uint32_t limit = 20;
};

struct ReportOptions {
  std::string message;
  bool watch = false;
};

struct RecallOptions {
  std::string message;
  bool notify = false;
};

struct WhyOptions {
  std::string message;
  std::string device_id;
};

std::string message_path(const Session& session, const std::string& message) {
  return fmt::format("{}/{}", messages_path(session), path_segment(message));
}

Row message_row(const v1::MessageReport& report) {
  return {report.message_id(),
          TimeUtil::ToString(report.accept_time()),
          fmt::format("{}", report.targeted()),
          fmt::format("{}", report.delivered()),
          fmt::format("{}", report.opened()),
          fmt::format("{}", report.pending()),
          report.label()};
}

std::string recalled_text(const v1::RecallResponse& recalled) {
  std::string text = fmt::format("Recalled {}.\n", recalled.message_id());
  if (!recalled.notice_message_id().empty()) {
    text +=
        fmt::format("Devices that have it are told by message {}.\n", recalled.notice_message_id());
  }
  return text;
}

std::string stopped_text(const v1::MessageReport& report) {
  return fmt::format("{}: sent to {} devices, {} do not get it.\n",
                     v1::MessageReport::Rollout::State_Name(report.rollout().state()),
                     report.rollout().released(), report.dropped_because().rollout_stopped());
}

std::string why_text(const v1::DeviceReport& report) {
  return fmt::format("{}: {}\n", v1::DeviceReport::State_Name(report.state()), report.reason());
}

int list_messages(const Session& session, const ListOptions& options) {
  Listing listing(session,
                  {"MESSAGE", "ACCEPTED", "TARGETED", "DELIVERED", "OPENED", "PENDING", "LABEL"},
                  options.limit);
  const std::string target = fmt::format("{}?pageSize={}&label={}&group={}", messages_path(session),
                                         std::min(options.limit, limits::messages_page_max),
                                         path_segment(options.label), path_segment(options.group));
  return listing.run<v1::ListMessagesResponse>(
      target, [](const auto& page) -> const auto& { return page.messages(); }, message_row);
}

int report(const Session& session, const ReportOptions& options) {
  Watch watch(session, options.message);
  int code = watch.run(options.watch ? UINT64_MAX : 0, false);
  if (code == ExitCode::pending) code = ExitCode::ok;
  if (code == ExitCode::ok) watch.write_report();
  return code;
}

int watch(const Session& session, const std::string& message) {
  return LiveWatch(session, message).run(/*fresh=*/false);
}

int recall(const Session& session, const RecallOptions& options) {
  v1::RecallRequest request;
  request.set_notify(options.notify);
  const std::string target = message_path(session, options.message) + "/recall";
  return write_answer<v1::RecallResponse>(session, session.api.post(target, request),
                                          recalled_text);
}

int stop(const Session& session, const std::string& message) {
  const std::string target = message_path(session, message) + "/stop";
  return write_answer<v1::MessageReport>(session, session.api.post(target, v1::StopRequest()),
                                         stopped_text);
}

int why(const Session& session, const WhyOptions& options) {
  const std::string target = fmt::format("{}/devices/{}", message_path(session, options.message),
                                         path_segment(options.device_id));
  return write_answer<v1::DeviceReport>(session, session.api.get(target), why_text);
}

}  // namespace

void add_messages(CommandLine& line) {
  auto [command, options] =
      line.add_on_app(line.root(), "messages", "List messages, newest first", list_messages);
  CLI::Option* label =
      command.add_option("--label", options.label, "Only messages with this label");
  command.add_option("--group", options.group, "Only messages of this group")->excludes(label);
  command.add_option("--limit", options.limit, "At most this many (20)")
      ->check(CLI::Range(uint32_t{1}, UINT32_MAX).description(""));
}

void add_report(CommandLine& line) {
  auto [command, options] =
      line.add_on_app(line.root(), "report", "What became of a message", report);
  add_message_id(command, options.message);
  command.add_flag("--watch", options.watch, "Go on until no device is pending");
}

void add_watch(CommandLine& line) {
  auto [command, message] =
      line.add_on_app(line.root(), "watch", "Follow a message until no device is pending", watch);
  add_message_id(command, message);
  command.footer(
      "A line each time something has changed, or with --json the report; on a terminal one line "
      "that\n"
      "moves, and the report at the end. Such as: tocsin watch --app demo 05c1f2aa0b401000");
}

void add_recall(CommandLine& line) {
  auto [command, options] =
      line.add_on_app(line.root(), "recall", "Withdraw what is still pending", recall);
  add_message_id(command, options.message);
  command.add_flag("--notify", options.notify, "Also take it off the screens that have it");
}

void add_stop(CommandLine& line) {
  auto [command, message] =
      line.add_on_app(line.root(), "stop", "Stop sending a message that goes out in steps", stop);
  add_message_id(command, message);
}

void add_why(CommandLine& line) {
  auto [command, options] =
      line.add_on_app(line.root(), "why", "What became of a message on a device", why);
  add_message_id(command, options.message);
  add_device_id(command, options.device_id);
}

}  // namespace tocsin::cli
