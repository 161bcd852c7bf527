#include "cli/session.h"

#include <fmt/format.h>

#include "tocsin/v1/error.pb.h"

namespace tocsin::cli {
namespace {

void write_error(const Session& session, const runtime::HttpsAnswer& answer) {
  v1::ErrorResponse response;
  if (session.json) {
    session.console.out << answer.body;
  } else if (parse_answer(answer.body, response) && response.error().code() != 0) {
    const auto& error = response.error();
    session.console.err << fmt::format("tocsin: {}: {}\n", error.status(), error.message());
    // The message contains the first violation.
    for (int i = 1; i < error.field_violations_size(); ++i) {
      const auto& violation = error.field_violations(i);
      session.console.err << fmt::format("  {}: {}\n", violation.field(), violation.description());
    }
    if (error.retry_after_s() > 0) {
      session.console.err << fmt::format("  try again in {} s\n", error.retry_after_s());
    }
  } else {
    session.console.err << fmt::format("tocsin: HTTP status {}\n", answer.status);
  }
}

absl::StatusOr<std::string> find_key(const GlobalOptions& options, const Profile& profile,
                                     KeyOf key) {
  if (!options.key.empty()) return options.key;
  if (key == KeyOf::app) {
    const auto found = profile.send_keys.find(options.app);
    if (found != profile.send_keys.end()) return found->second;
  }
  if (!profile.admin_key.empty()) return profile.admin_key;
  return absl::NotFoundError(
      key == KeyOf::app
          ? fmt::format(
                "no key for app '{}': give --key, or put it under [send_keys] in the profile",
                options.app)
          : "no admin key: give --key, or put admin_key in the profile");
}

}  // namespace

int with_session(const GlobalOptions& options, KeyOf key, Console console,
                 const std::function<int(const Session&)>& run) {
  const auto profile = load_profile(options.profile);
  if (!profile.ok()) return wrong_usage(console, profile.status());
  const std::string server = options.server.empty() ? profile->server : options.server;
  if (server.empty()) {
    return wrong_usage(console,
                       absl::NotFoundError("no server: give --server, or put it in the profile "
                                           "(see tocsin --help)"));
  }
  auto api = ApiClient::create(server, options.ca.empty() ? profile->ca : options.ca);
  if (!api.ok()) return wrong_usage(console, api.status());
  const auto found = find_key(options, *profile, key);
  if (!found.ok()) return wrong_usage(console, found.status());
  api->use_key(*found);
  return run({*profile, *api, console, options.json, options.app, server == profile->server});
}

std::string app_path(const Session& session) {
  return fmt::format("/v1/apps/{}", path_segment(session.app));
}

std::string messages_path(const Session& session) { return app_path(session) + "/messages"; }

int judge(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer) {
  if (!answer.ok()) {
    session.console.err << fmt::format("tocsin: {}\n", std::string(answer.status().message()));
    return absl::IsInvalidArgument(answer.status()) ? ExitCode::usage : ExitCode::unreachable;
  }
  if (answer->status < 400) return ExitCode::ok;
  write_error(session, *answer);
  return ExitCode::refused;
}

int write_done(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer,
               const std::string& text) {
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  session.console.out << (session.json ? answer->body : text);
  return ExitCode::ok;
}

int wrong_usage(Console console, const absl::Status& status) {
  console.err << fmt::format("tocsin: {}\n", std::string(status.message()));
  return ExitCode::usage;
}

}  // namespace tocsin::cli
