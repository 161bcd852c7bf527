// Session: one run of a command: arguments, profile, connection, console.
//
// Thread: one owner.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/profile.h"

namespace tocsin::cli {

struct Session {
  const Arguments& arguments;
  const Profile& profile;
  ApiClient& api;
  Console console;
};

// The key for calls on the app of the arguments: --key, the profile's send key, its admin key.
// NOT_FOUND with what to do when there is none.
absl::StatusOr<std::string> app_key(const Session& session);
absl::StatusOr<std::string> admin_key(const Session& session);

// ExitCode::ok for an answer below 400; else the error is written and its exit code returned.
int judge(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer);

// Write the reason, for people; returns ExitCode::usage.
int wrong_usage(Console console, const absl::Status& status);

}  // namespace tocsin::cli
