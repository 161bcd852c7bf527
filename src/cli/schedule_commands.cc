#include <fmt/format.h>
#include <map>

#include <google/protobuf/util/time_util.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/send_time.h"
#include "cli/table.h"
#include "tocsin/v1/schedules.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

std::string schedules_path(const Session& session) { return app_path(session) + "/schedules"; }

std::string schedule_path(const Session& session) {
  return fmt::format("{}/{}", schedules_path(session), path_segment(session.arguments.message));
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

std::string text_of(const v1::Schedule& schedule) {
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

Row row_of(const v1::Schedule& schedule) {
  return {schedule.message_id(), TimeUtil::ToString(schedule.send_time()),
          target_of(schedule.message()), schedule.message().notification().title(),
          schedule.message().label()};
}

}  // namespace

int list_schedules(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  Listing listing(session, {"MESSAGE", "SENT AT", "TO", "TITLE", "LABEL"}, UINT64_MAX);
  return listing.run<v1::ListSchedulesResponse>(
      *key, schedules_path(session),
      [](const auto& page) -> const auto& { return page.schedules(); }, row_of);
}

int show_schedule(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_answer<v1::Schedule>(session, session.api.get(schedule_path(session), *key),
                                    text_of);
}

int move_schedule(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::UpdateScheduleRequest request;
  if (const auto time = parse_send_time(session.arguments.at, wall_ms())) {
    *request.mutable_send_time() = *time;
  }
  return write_answer<v1::Schedule>(
      session, session.api.patch(schedule_path(session), *key, request),
      [](const v1::Schedule& moved) {
        return fmt::format("{} is to be sent at {} now.\n", moved.message_id(),
                           TimeUtil::ToString(moved.send_time()));
      });
}

int delete_schedule(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_done(session, session.api.remove(schedule_path(session), *key),
                    fmt::format("{} will not be sent.\n", session.arguments.message));
}

}  // namespace tocsin::cli
