// app create, list, show, set.
#include <fmt/format.h>
#include <functional>
#include <vector>

#include <CLI/App.hpp>
#include <google/protobuf/util/time_util.h>

#include "cli/commands/commands.h"
#include "cli/table.h"
#include "tocsin/v1/apps.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

// Whether the key is now in the profile is said on stderr, so that --json stays clean.
void remember_key(const Session& session, const v1::App& app) {
  if (session.profile.path.empty()) return;
  if (!session.is_profiles_server) {
    session.console.err << fmt::format(
        "The send key was not added to {}, which is of another server: keep it yourself.\n",
        session.profile.path);
    return;
  }
  const absl::Status added = add_send_key(session.profile.path, app.app(), app.send_key());
  if (added.ok()) {
    session.console.err << fmt::format("The send key was added to {}.\n", session.profile.path);
  } else {
    session.console.err << fmt::format("The send key was not added to the profile: {}.\n",
                                       std::string(added.message()));
  }
}

std::string or_default(uint32_t value) { return value == 0 ? "default" : fmt::format("{}", value); }

std::string settings_table(const v1::AppSettings& settings) {
  return table(
      {{"sends per s", or_default(settings.sends_per_s())},
       {"send burst", or_default(settings.send_burst())},
       {"payload bytes max", or_default(settings.payload_bytes_max())},
       {"live casts max", or_default(settings.live_casts_max())},
       {"everyone needs release", settings.everyone_needs_release() ? "true" : "false"},
       {"device messages/day", settings.messages_per_device_per_day() == 0
                                   ? "any"
                                   : fmt::format("{}", settings.messages_per_device_per_day())},
       {"webhook url", settings.webhook_url().empty() ? "none" : settings.webhook_url()}});
}

std::string with_webhook_secret(const v1::AppSettings& settings) {
  if (settings.webhook_secret().empty()) return settings_table(settings);
  return settings_table(settings) + "\nThe webhook's secret is shown only this once:\n\n" +
         table({{"webhook secret", settings.webhook_secret(), "to check signatures with"}});
}

std::string app_text(const v1::App& app) {
  return table({{"app", app.app()},
                {"created", TimeUtil::ToString(app.create_time())},
                {"devices", fmt::format("{}", app.devices())}}) +
         "\n" + settings_table(app.settings());
}

int create_app(const Session& session) {
  v1::CreateAppRequest request;
  request.set_app(session.app);
  const auto answer = session.api.post("/v1/apps", request);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::App app;
  const bool readable = parse_answer(answer->body, app);
  if (session.json || !readable) {
    session.console.out << answer->body;
  } else {
    session.console.out
        << fmt::format("App {} created. Its keys are shown only this once:\n\n", app.app())
        << table({{"send key", app.send_key(), "for your app server: keep it secret"},
                  {"registration key", app.registration_key(), "built into your device app"}});
  }
  if (readable) remember_key(session, app);
  return ExitCode::ok;
}

int list_apps(const Session& session) {
  return write_answer<v1::ListAppsResponse>(
      session, session.api.get("/v1/apps"), [](const v1::ListAppsResponse& apps) {
        std::vector<Row> rows = {{"APP", "DEVICES", "CREATED"}};
        for (const v1::App& app : apps.apps()) {
          rows.push_back(
              {app.app(), fmt::format("{}", app.devices()), TimeUtil::ToString(app.create_time())});
        }
        return table(rows);
      });
}

int show_app(const Session& session) {
  return write_answer<v1::App>(session, session.api.get(app_path(session)), app_text);
}

// A call that changes settings sends all of them: those read, with these changes.
using Changes = std::vector<std::function<void(v1::AppSettings&)>>;

int set(const Session& session, const Changes& changes) {
  const auto answer = session.api.get(app_path(session));
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::App app;
  if (!parse_answer(answer->body, app) || !app.has_settings()) {
    session.console.err << "tocsin: the server did not send the settings; nothing was changed\n";
    return ExitCode::refused;
  }
  v1::UpdateAppRequest request;
  *request.mutable_settings() = app.settings();
  for (const auto& change : changes) change(*request.mutable_settings());
  // The answer to a change has no device count.
  return write_answer<v1::App>(
      session, session.api.patch(app_path(session), request),
      [](const v1::App& set) { return with_webhook_secret(set.settings()); });
}

void add_settings(CLI::App& group, Changes& changes) {
  using Settings = v1::AppSettings;
  const auto number = [&](const char* name, void (Settings::*set)(uint32_t), const char* help) {
    const auto add = [&changes, set](uint32_t value) {
      changes.emplace_back([set, value](Settings& settings) { (settings.*set)(value); });
    };
    group.add_option_function<uint32_t>(name, add, help);
  };
  const auto text = [&](const char* name, std::string* (Settings::*field)(), const char* help) {
    const auto add = [&changes, field](const std::string& value) {
      changes.emplace_back([field, value](Settings& settings) { *(settings.*field)() = value; });
    };
    group.add_option_function<std::string>(name, add, help);
  };
  const auto everyone = [&changes](const std::string& value) {
    changes.emplace_back([needs_release = value == "true"](Settings& settings) {
      settings.set_everyone_needs_release(needs_release);
    });
  };
  number("--sends-per-s", &Settings::set_sends_per_s, "Sends per second, on average");
  number("--send-burst", &Settings::set_send_burst, "Sends at once");
  number("--payload-bytes-max", &Settings::set_payload_bytes_max,
         "Bytes of title, body and data of a message");
  number("--live-casts-max", &Settings::set_live_casts_max,
         "Messages to many devices under way at once");
  group
      .add_option_function<std::string>("--everyone-needs-release", everyone,
                                        "true: a send to everyone is held until it is confirmed")
      ->check(CLI::IsMember({"true", "false"}));
  number("--messages-per-device-per-day", &Settings::set_messages_per_device_per_day,
         "The most messages a device gets in a day (UTC)");
  text("--webhook-url", &Settings::mutable_webhook_url,
       "Where events are posted: https://...; '' for nowhere");
  text("--webhook-secret", &Settings::mutable_webhook_secret,
       "What they are signed with; default: a new one, shown only this once");
  group.require_option(1, 0);
}

}  // namespace

void add_app(CommandLine& line) {
  const auto add_name = [&line](CLI::App& command, const char* help) {
    command.add_option("NAME", line.options().app, help)->required();
  };
  CLI::App& app = line.add_noun("app", "Create, list and set up apps");
  add_name(line.add(app, "create", "Create an app and show its keys, only this once (admin key)",
                    KeyOf::admin, create_app),
           "A lower-case letter, then a-z 0-9 -");
  line.add(app, "list", "List all apps (admin key)", KeyOf::admin, list_apps);
  add_name(line.add(app, "show", "Devices and settings of an app", KeyOf::app, show_app),
           "Name of the app");
  auto [set_command, changes] =
      line.add(app, "set", "Change settings; the others stay as they are", KeyOf::app, set);
  add_name(set_command, "Name of the app");
  add_settings(*set_command.add_option_group("Settings (0: the server's own limit, or none)"),
               changes);
}

}  // namespace tocsin::cli
