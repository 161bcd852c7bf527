// Session: one run of a command: arguments, profile, connection, console.
//
// Thread: one owner.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/exit_code.h"
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

// "/v1/apps/APP", APP from the arguments.
std::string app_path(const Session& session);

// ExitCode::ok for an answer below 400; else the error is written and its exit code returned.
int judge(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer);

// Judge the answer and write it: with --json as it came, else as `text`.
int write_done(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer,
               const std::string& text);

// The same with the text that `text_of` makes of the answer's message. An answer that is no such
// message is written as it came.
template <typename Message, typename TextOf>
int write_answer(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer,
                 TextOf text_of) {
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  Message message;
  const bool readable = parse_answer(answer->body, message);
  session.console.out << (session.arguments.json || !readable ? answer->body : text_of(message));
  return ExitCode::ok;
}

// Write the reason, for people; returns ExitCode::usage.
int wrong_usage(Console console, const absl::Status& status);

}  // namespace tocsin::cli
