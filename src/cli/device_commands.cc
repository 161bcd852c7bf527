#include <fmt/format.h>

#include <google/protobuf/util/time_util.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/table.h"
#include "tocsin/v1/devices.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

std::string device_path(const Session& session) {
  return fmt::format("{}/devices/{}", app_path(session),
                     path_segment(session.arguments.devices.front()));
}

std::string tags_of(const v1::Device& device) {
  return fmt::format("{}", fmt::join(device.tags(), " "));
}

std::string last_seen(const v1::Device& device) {
  if (device.connected()) return "connected";
  return device.last_seen_date().empty() ? "over 90 days ago" : device.last_seen_date();
}

std::string text_of(const v1::Device& device) {
  return table({{"device", device.device_id()},
                {"registered", TimeUtil::ToString(device.register_time())},
                {"last seen", last_seen(device)},
                {"alias", device.alias()},
                {"tags", tags_of(device)},
                {"platform", device.platform()},
                {"app version", device.app_version()},
                {"SDK version", device.sdk_version()},
                {"language", device.language()},
                {"region", device.region()},
                {"time zone", device.time_zone()}});
}

Row row_of(const v1::Device& device) {
  return {device.device_id(), last_seen(device), device.platform(), device.alias(),
          tags_of(device)};
}

}  // namespace

int show_device(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_answer<v1::Device>(session, session.api.get(device_path(session), *key), text_of);
}

int list_devices(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const bool all = session.arguments.all;
  Listing listing(session, {"DEVICE", "LAST SEEN", "PLATFORM", "ALIAS", "TAGS"},
                  all ? UINT64_MAX : limits::devices_page_default);
  const std::string target =
      fmt::format("{}/devices?pageSize={}&audience={}", app_path(session),
                  all ? limits::devices_page_max : limits::devices_page_default,
                  path_segment(session.arguments.audience));
  const int code = listing.run<v1::ListDevicesResponse>(
      *key, target, [](const auto& page) -> const auto& { return page.devices(); }, row_of);
  if (code == ExitCode::ok && listing.has_more()) {
    session.console.err << "tocsin: there are more devices; --all lists them\n";
  }
  return code;
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
  return write_done(session, session.api.patch(device_path(session), *key, request),
                    fmt::format("Device {} changed.\n", session.arguments.devices.front()));
}

int delete_device(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_done(session, session.api.remove(device_path(session), *key),
                    fmt::format("Device {} deleted.\n", session.arguments.devices.front()));
}

int delete_user(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const std::string& alias = session.arguments.alias;
  const std::string target = fmt::format("{}/aliases/{}", app_path(session), path_segment(alias));
  return write_done(session, session.api.remove(target, *key),
                    fmt::format("Every device of {} deleted.\n", alias));
}

}  // namespace tocsin::cli
