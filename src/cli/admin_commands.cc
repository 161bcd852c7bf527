#include <fmt/format.h>

#include <google/protobuf/util/time_util.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/table.h"
#include "tocsin/v1/admin.pb.h"

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

std::string megabytes(uint64_t bytes) { return fmt::format("{:.1f} MB", bytes / 1048576.0); }

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
  const auto answer = session.api.get("/v1/apps", *key);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::ListAppsResponse apps;
  if (session.arguments.json || !parse_answer(answer->body, apps)) {
    session.console.out << answer->body;
    return ExitCode::ok;
  }
  std::vector<Row> rows = {{"APP", "DEVICES", "CREATED"}};
  for (const v1::App& app : apps.apps()) {
    rows.push_back(
        {app.app(), fmt::format("{}", app.devices()), TimeUtil::ToString(app.create_time())});
  }
  session.console.out << table(rows);
  return ExitCode::ok;
}

int status(const Session& session) {
  const auto key = admin_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const auto answer = session.api.get("/v1/status", *key);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::ServerStatus status;
  if (session.arguments.json || !parse_answer(answer->body, status)) {
    session.console.out << answer->body;
    return ExitCode::ok;
  }
  session.console.out << table(
      {{"version", status.version()},
       {"running since", TimeUtil::ToString(status.start_time())},
       {"connections", fmt::format("{}", status.connections())},
       {"handshakes in flight", fmt::format("{}", status.handshakes_in_flight())},
       {"apps", fmt::format("{}", status.apps())},
       {"devices", fmt::format("{}", status.devices())},
       {"live casts", fmt::format("{}", status.live_casts())},
       {"log position", fmt::format("{}", status.log_position())},
       {"applied position", fmt::format("{}", status.applied_position())},
       {"memory", megabytes(status.resident_bytes())}});
  return ExitCode::ok;
}

int back_up(const Session& session) {
  const auto key = admin_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const auto answer = session.api.post("/v1/backups", *key, v1::Backup());
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::Backup backup;
  if (session.arguments.json || !parse_answer(answer->body, backup)) {
    session.console.out << answer->body;
    return ExitCode::ok;
  }
  session.console.out << "Backup made on the server.\n\n"
                      << table({{"folder", backup.folder()},
                                {"log position", fmt::format("{}", backup.log_position())},
                                {"size", megabytes(backup.bytes())}});
  return ExitCode::ok;
}

}  // namespace tocsin::cli
