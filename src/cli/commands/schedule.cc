// schedule list, show, move, delete: sends that wait for their time.
#include <fmt/format.h>
#include <map>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <google/protobuf/util/time_util.h>

#include "cli/calls/listing.h"
#include "cli/commands/commands.h"
#include "cli/options.h"
#include "cli/table.h"
#include "tocsin/v1/schedules.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

struct Move {
  std::string message;
  v1::UpdateScheduleRequest request;
};

std::string schedules_path(const Session& session) { return app_path(session) + "/schedules"; }

std::string schedule_path(const Session& session, const std::string& message) {
  return fmt::format("{}/{}", schedules_path(session), path_segment(message));
}

std::string target_of(const v1::SendRequest& message) {
  switch (message.target_case()) {
    case v1::SendRequest::kDevice:
      return "device " + message.device();
    case v1::SendRequest::kDevices:
      return fmt::format("{} devices", message.devices().ids_size());
    case v1::SendRequest::kTag:
      return "tag " + message.tag();
    case v1::SendRequest::kAlias:
      return "alias " + message.alias();
    case v1::SendRequest::kAudience:
      return message.audience();
    case v1::SendRequest::kEveryone:
      return "everyone";
    case v1::SendRequest::TARGET_NOT_SET:
      break;
  }
  return {};
}

std::string schedule_text(const v1::Schedule& schedule) {
  const v1::SendRequest& message = schedule.message();
  std::vector<Row> rows = {{"message", schedule.message_id()},
                           {"created", TimeUtil::ToString(schedule.create_time())},
                           {"sent at", TimeUtil::ToString(schedule.send_time())},
                           {"to", target_of(message)}};
  const auto add = [&rows](const char* name, const std::string& text) {
    if (!text.empty()) rows.push_back({name, text});
  };
  add("exclude", message.exclude());
  add("title", message.notification().title());
  add("body", message.notification().body());
  const std::map<std::string, std::string> data(message.data().begin(), message.data().end());
  for (const auto& [key, value] : data) add("data", fmt::format("{}={}", key, value));
  if (message.has_ttl()) add("ttl", TimeUtil::ToString(message.ttl()));
  if (message.priority() != v1::SendRequest::PRIORITY_UNSPECIFIED) {
    add("priority", v1::SendRequest::Priority_Name(message.priority()));
  }
  add("collapse key", message.collapse_key());
  add("label", message.label());
  add("group", message.group());
  return table(rows);
}

Row schedule_row(const v1::Schedule& schedule) {
  return {schedule.message_id(), TimeUtil::ToString(schedule.send_time()),
          target_of(schedule.message()), schedule.message().notification().title(),
          schedule.message().label()};
}

int list_schedules(const Session& session) {
  Listing listing(session, {"MESSAGE", "SENT AT", "TO", "TITLE", "LABEL"}, UINT64_MAX);
  return listing.run<v1::ListSchedulesResponse>(
      schedules_path(session), [](const auto& page) -> const auto& { return page.schedules(); },
      schedule_row);
}

int show_schedule(const Session& session, const std::string& message) {
  return write_answer<v1::Schedule>(session, session.api.get(schedule_path(session, message)),
                                    schedule_text);
}

int move(const Session& session, const Move& move) {
  return write_answer<v1::Schedule>(
      session, session.api.patch(schedule_path(session, move.message), move.request),
      [](const v1::Schedule& moved) {
        return fmt::format("{} will now be sent at {}.\n", moved.message_id(),
                           TimeUtil::ToString(moved.send_time()));
      });
}

int remove_schedule(const Session& session, const std::string& message) {
  return write_done(session, session.api.remove(schedule_path(session, message)),
                    fmt::format("{} will not be sent.\n", message));
}

}  // namespace

void add_schedule(CommandLine& line) {
  constexpr char id_help[] = "From the answer to send --at";
  CLI::App& schedule = line.add_noun("schedule", "Sends that wait for their time");
  line.add_on_app(schedule, "list", "List them", list_schedules);
  auto [show_command, shown] = line.add_on_app(schedule, "show", "Show one", show_schedule);
  add_message_id(show_command, shown, id_help);
  auto [move_command, move_options] = line.add_on_app(schedule, "move", "Change its time", move);
  add_message_id(move_command, move_options.message, id_help);
  add_at(move_command, "When: RFC 3339, or from now, such as 10m",
         [&request = move_options.request](const google::protobuf::Timestamp& time) {
           *request.mutable_send_time() = time;
         })
      ->required();
  auto [delete_command, deleted] =
      line.add_on_app(schedule, "delete", "Do not send it", remove_schedule);
  add_message_id(delete_command, deleted, id_help);
}

}  // namespace tocsin::cli
