#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/table.h"
#include "tocsin/v1/audience.pb.h"
#include "tocsin/v1/devices.pb.h"

namespace tocsin::cli {
namespace {

std::string app_path(const Session& session) {
  return fmt::format("/v1/apps/{}", path_segment(session.arguments.app));
}

std::string device_path(const Session& session) {
  return fmt::format("{}/devices/{}", app_path(session),
                     path_segment(session.arguments.devices.front()));
}

// Write what was done, or the answer as it came.
int done(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer,
         const std::string& text) {
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  session.console.out << (session.arguments.json ? answer->body : text);
  return ExitCode::ok;
}

}  // namespace

int count(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::CountRequest request;
  request.set_audience(session.arguments.audience);
  const auto answer = session.api.post(app_path(session) + "/count", *key, request);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::AudienceCount count;
  if (session.arguments.json || !parse_answer(answer->body, count)) {
    session.console.out << answer->body;
    return ExitCode::ok;
  }
  session.console.out << table({{"devices", fmt::format("{}", count.devices())},
                                {"  online", fmt::format("{}", count.online())},
                                {"  offline", fmt::format("{}", count.offline())}});
  return ExitCode::ok;
}

int list_audiences(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const auto answer = session.api.get(app_path(session) + "/audiences", *key);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::ListAudiencesResponse audiences;
  if (session.arguments.json || !parse_answer(answer->body, audiences)) {
    session.console.out << answer->body;
    return ExitCode::ok;
  }
  for (const v1::Audience& audience : audiences.audiences()) {
    session.console.out << audience.name() << '\n';
  }
  return ExitCode::ok;
}

int change_audience(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::ChangeAudienceRequest request;
  request.set_clear(session.arguments.clear);
  for (const std::string& id : session.arguments.add) request.add_add(id);
  for (const std::string& id : session.arguments.remove) request.add_remove(id);
  const std::string& name = session.arguments.audience;
  const std::string target = fmt::format("{}/audiences/{}", app_path(session), path_segment(name));
  return done(session, session.api.post(target, *key, request),
              fmt::format("Audience {} changed.\n", name));
}

int update_device(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::UpdateDeviceRequest request;
  for (const std::string& tag : session.arguments.add) request.add_add_tags(tag);
  for (const std::string& tag : session.arguments.remove) request.add_remove_tags(tag);
  for (const auto& [name, value] : session.arguments.attributes) {
    if (name == "alias") request.set_alias(value);
    if (name == "region") request.set_region(value);
    if (name == "language") request.set_language(value);
    if (name == "time-zone") request.set_time_zone(value);
    if (name == "platform") request.set_platform(value);
    if (name == "app-version") request.set_app_version(value);
  }
  return done(session, session.api.patch(device_path(session), *key, request),
              fmt::format("Device {} changed.\n", session.arguments.devices.front()));
}

int delete_device(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return done(session, session.api.remove(device_path(session), *key),
              fmt::format("Device {} deleted.\n", session.arguments.devices.front()));
}

int delete_user(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const std::string& alias = session.arguments.alias;
  const std::string target = fmt::format("{}/aliases/{}", app_path(session), path_segment(alias));
  return done(session, session.api.remove(target, *key),
              fmt::format("Every device of {} deleted.\n", alias));
}

}  // namespace tocsin::cli
