// Session: one run of a command that calls the server: which server, which key, which app, and how
// to write the answers.
//
// Thread: one owner.
#pragma once

#include <functional>
#include <string>

#include <absl/status/statusor.h>

#include "cli/api_client.h"
#include "cli/console.h"
#include "cli/exit_code.h"
#include "cli/profile.h"

namespace tocsin::cli {

// Options of every command.
struct GlobalOptions {
  // The server and how to reach it; empty: from the profile.
  std::string profile;
  std::string server;
  std::string ca;
  std::string key;
  bool json = false;
  std::string app;  // --app, or NAME of `app`; empty for commands about the server
};

// Whose key a command needs. It is --key if given, else
enum class KeyOf {
  app,    // the app's send key in the profile, else the admin key
  admin,  // the profile's admin key
};

struct Session {
  const Profile& profile;
  ApiClient& api;  // with the key
  Console console;
  bool json;                // write answers as received
  std::string app;          // "" for commands about the server
  bool is_profiles_server;  // the one that the profile names
};

// Open a session and `run` it. ExitCode::usage, with the reason written, when the profile cannot be
// read, or has no server or no key.
int with_session(const GlobalOptions& options, KeyOf key, Console console,
                 const std::function<int(const Session&)>& run);

// "/v1/apps/APP" and "/v1/apps/APP/messages".
std::string app_path(const Session& session);
std::string messages_path(const Session& session);

// ExitCode::ok for an answer below 400; else the error is written and its exit code returned.
int judge(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer);

// Judge the answer and write it: with --json as received, else as `text`.
int write_done(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer,
               const std::string& text);

// The same with the text that `text_of` makes of the answer's message. An answer that is not such a
// message is written as received.
template <typename Message, typename TextOf>
int write_answer(const Session& session, const absl::StatusOr<runtime::HttpsAnswer>& answer,
                 TextOf text_of) {
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  Message message;
  const bool readable = parse_answer(answer->body, message);
  session.console.out << (session.json || !readable ? answer->body : text_of(message));
  return ExitCode::ok;
}

// Write the reason for people to read; returns ExitCode::usage.
int wrong_usage(Console console, const absl::Status& status);

}  // namespace tocsin::cli
