#include "cli/session.h"

#include <fmt/format.h>

#include "tocsin/v1/error.pb.h"

namespace tocsin::cli {
namespace {

void write_error(const Session& session, const runtime::HttpsAnswer& answer) {
  v1::ErrorResponse response;
  if (session.arguments.json) {
    session.console.out << answer.body;
  } else if (parse_answer(answer.body, response) && response.error().code() != 0) {
    const auto& error = response.error();
    session.console.err << fmt::format("tocsin: {}: {}\n", error.status(), error.message());
    // The message tells the first violation.
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

}  // namespace

absl::StatusOr<std::string> app_key(const Session& session) {
  if (!session.arguments.key.empty()) return session.arguments.key;
  const auto found = session.profile.send_keys.find(session.arguments.app);
  if (found != session.profile.send_keys.end()) return found->second;
  if (!session.profile.admin_key.empty()) return session.profile.admin_key;
  return absl::NotFoundError(
      fmt::format("no key for app '{}': give --key, or put it under [send_keys] of the profile",
                  session.arguments.app));
}

absl::StatusOr<std::string> admin_key(const Session& session) {
  if (!session.arguments.key.empty()) return session.arguments.key;
  if (!session.profile.admin_key.empty()) return session.profile.admin_key;
  return absl::NotFoundError("no admin key: give --key, or put admin_key into the profile");
}

std::string app_path(const Session& session) {
  return fmt::format("/v1/apps/{}", path_segment(session.arguments.app));
}

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
  session.console.out << (session.arguments.json ? answer->body : text);
  return ExitCode::ok;
}

int wrong_usage(Console console, const absl::Status& status) {
  console.err << fmt::format("tocsin: {}\n", std::string(status.message()));
  return ExitCode::usage;
}

}  // namespace tocsin::cli
