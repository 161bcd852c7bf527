#include <fmt/format.h>

#include <google/protobuf/util/time_util.h>

#include "cli/commands.h"
#include "cli/table.h"
#include "tocsin/v1/apps.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

// Whether the key is in the profile now is said on stderr, so that --json stays clean.
void remember_key(const Session& session, const v1::App& app) {
  if (session.profile.path.empty()) return;
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
       {"device messages a day", settings.messages_per_device_per_day() == 0
                                     ? "any"
                                     : fmt::format("{}", settings.messages_per_device_per_day())},
       {"webhook url", settings.webhook_url().empty() ? "none" : settings.webhook_url()}});
}

std::string with_webhook_secret(const v1::AppSettings& settings) {
  if (settings.webhook_secret().empty()) return settings_table(settings);
  return settings_table(settings) + "\nThe webhook's secret is shown this once:\n\n" +
         table({{"webhook secret", settings.webhook_secret(), "to check signatures with"}});
}

std::string text_of(const v1::App& app) {
  return table({{"app", app.app()},
                {"created", TimeUtil::ToString(app.create_time())},
                {"devices", fmt::format("{}", app.devices())}}) +
         "\n" + settings_table(app.settings());
}

// A call that changes settings says all of them.
v1::AppSettings changed(v1::AppSettings settings, const SettingChanges& changes) {
  if (changes.sends_per_s) settings.set_sends_per_s(*changes.sends_per_s);
  if (changes.send_burst) settings.set_send_burst(*changes.send_burst);
  if (changes.payload_bytes_max) settings.set_payload_bytes_max(*changes.payload_bytes_max);
  if (changes.live_casts_max) settings.set_live_casts_max(*changes.live_casts_max);
  if (changes.everyone_needs_release) {
    settings.set_everyone_needs_release(*changes.everyone_needs_release);
  }
  if (changes.messages_per_device_per_day) {
    settings.set_messages_per_device_per_day(*changes.messages_per_device_per_day);
  }
  if (changes.webhook_url) settings.set_webhook_url(*changes.webhook_url);
  if (changes.webhook_secret) settings.set_webhook_secret(*changes.webhook_secret);
  return settings;
}

}  // namespace

int create_app(const Session& session) {
  const auto key = admin_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::CreateAppRequest request;
  request.set_app(session.arguments.app);
  const auto answer = session.api.post("/v1/apps", *key, request);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::App app;
  const bool readable = parse_answer(answer->body, app);
  if (session.arguments.json || !readable) {
    session.console.out << answer->body;
  } else {
    session.console.out
        << fmt::format("App {} created. Its keys are shown this once:\n\n", app.app())
        << table({{"send key", app.send_key(), "for your app server: keep it secret"},
                  {"registration key", app.registration_key(), "built into your device app"}});
  }
  if (readable) remember_key(session, app);
  return ExitCode::ok;
}

int list_apps(const Session& session) {
  const auto key = admin_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_answer<v1::ListAppsResponse>(
      session, session.api.get("/v1/apps", *key), [](const v1::ListAppsResponse& apps) {
        std::vector<Row> rows = {{"APP", "DEVICES", "CREATED"}};
        for (const v1::App& app : apps.apps()) {
          rows.push_back(
              {app.app(), fmt::format("{}", app.devices()), TimeUtil::ToString(app.create_time())});
        }
        return table(rows);
      });
}

int show_app(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_answer<v1::App>(session, session.api.get(app_path(session), *key), text_of);
}

int set_app(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const auto answer = session.api.get(app_path(session), *key);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::App app;
  if (!parse_answer(answer->body, app) || !app.has_settings()) {
    session.console.err << "tocsin: the server did not tell the settings; nothing was changed\n";
    return ExitCode::refused;
  }
  v1::UpdateAppRequest request;
  *request.mutable_settings() = changed(app.settings(), session.arguments.settings);
  // The answer to a change does not count devices.
  return write_answer<v1::App>(
      session, session.api.patch(app_path(session), *key, request),
      [](const v1::App& set) { return with_webhook_secret(set.settings()); });
}

}  // namespace tocsin::cli
