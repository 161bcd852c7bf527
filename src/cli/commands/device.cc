// device show, list, update, delete; user delete.
#include <fmt/format.h>
#include <string>

#include <CLI/App.hpp>
#include <google/protobuf/util/time_util.h>

#include "base/limits.h"
#include "cli/calls/listing.h"
#include "cli/commands/commands.h"
#include "cli/options.h"
#include "cli/table.h"
#include "tocsin/v1/devices.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

struct Selection {
  std::string audience;
  bool all = false;
};

struct Update {
  std::string device_id;
  v1::UpdateDeviceRequest request;
};

std::string device_path(const Session& session, const std::string& device_id) {
  return fmt::format("{}/devices/{}", app_path(session), path_segment(device_id));
}

std::string tags_of(const v1::Device& device) {
  return fmt::format("{}", fmt::join(device.tags(), " "));
}

std::string last_seen(const v1::Device& device) {
  if (device.connected()) return "connected";
  return device.last_seen_date().empty() ? "over 90 days ago" : device.last_seen_date();
}

std::string device_text(const v1::Device& device) {
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

Row device_row(const v1::Device& device) {
  return {device.device_id(), last_seen(device), device.platform(), device.alias(),
          tags_of(device)};
}

int show_device(const Session& session, const std::string& device_id) {
  return write_answer<v1::Device>(session, session.api.get(device_path(session, device_id)),
                                  device_text);
}

int list_devices(const Session& session, const Selection& selection) {
  const bool all = selection.all;
  Listing listing(session, {"DEVICE", "LAST SEEN", "PLATFORM", "ALIAS", "TAGS"},
                  all ? UINT64_MAX : limits::devices_page_default);
  const std::string target =
      fmt::format("{}/devices?pageSize={}&audience={}", app_path(session),
                  all ? limits::devices_page_max : limits::devices_page_default,
                  path_segment(selection.audience));
  const int code = listing.run<v1::ListDevicesResponse>(
      target, [](const auto& page) -> const auto& { return page.devices(); }, device_row);
  if (code == ExitCode::ok && listing.has_more()) {
    session.console.err << "tocsin: there are more devices; --all lists them\n";
  }
  return code;
}

int update(const Session& session, const Update& update) {
  return write_done(session,
                    session.api.patch(device_path(session, update.device_id), update.request),
                    fmt::format("Device {} changed.\n", update.device_id));
}

int remove_device(const Session& session, const std::string& device_id) {
  return write_done(session, session.api.remove(device_path(session, device_id)),
                    fmt::format("Device {} deleted.\n", device_id));
}

int remove_user(const Session& session, const std::string& alias) {
  const std::string target = fmt::format("{}/aliases/{}", app_path(session), path_segment(alias));
  return write_done(session, session.api.remove(target),
                    fmt::format("Every device of {} deleted.\n", alias));
}

void add_update(CommandLine& line, CLI::App& device) {
  auto [command, update_options] =
      line.add_on_app(device, "update", "Change tags and attributes", update);
  add_device_id(command, update_options.device_id);
  v1::UpdateDeviceRequest& request = update_options.request;
  add_strings(command, "--add-tag", *request.mutable_add_tags(), "Tag to add; repeat the option");
  add_strings(command, "--remove-tag", *request.mutable_remove_tags(),
              "Tag to remove; repeat the option");
  using Request = v1::UpdateDeviceRequest;
  for (const auto& [name, field] : {std::pair{"--alias", &Request::mutable_alias},
                                    {"--region", &Request::mutable_region},
                                    {"--language", &Request::mutable_language},
                                    {"--time-zone", &Request::mutable_time_zone},
                                    {"--platform", &Request::mutable_platform},
                                    {"--app-version", &Request::mutable_app_version}}) {
    command.add_option_function<std::string>(
        name, [&request, field = field](const std::string& value) { *(request.*field)() = value; },
        "Set it; \"\" removes it");
  }
}

}  // namespace

void add_device(CommandLine& line) {
  CLI::App& device = line.add_noun("device", "List, show, change and delete devices");
  auto [show_command, shown] =
      line.add_on_app(device, "show", "What is known about a device", show_device);
  add_device_id(show_command, shown);
  auto [list_command, selection] =
      line.add_on_app(device, "list", "List devices; with --json one per line", list_devices);
  list_command.add_option("--audience", selection.audience,
                          "Only devices that match an expression");
  list_command.add_flag("--all", selection.all, "Not only the first 100");
  add_update(line, device);
  auto [delete_command, deleted] =
      line.add_on_app(device, "delete", "Erase everything about a device", remove_device);
  add_device_id(delete_command, deleted);
}

void add_user(CommandLine& line) {
  CLI::App& user = line.add_noun("user", "Delete users");
  auto [command, alias] =
      line.add_on_app(user, "delete", "Erase every device with an alias", remove_user);
  command.add_option("ALIAS", alias, "The app's name for the user")->required();
}

}  // namespace tocsin::cli
