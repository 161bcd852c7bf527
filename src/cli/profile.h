// Profile: which server to talk to and with which keys, in a small file.
//
//   server = "https://localhost:8443"
//   ca = "ca.pem"                      # relative to this file; default: the system's authorities
//   admin_key = "..."
//
//   [send_keys]
//   demo = "tsk_..."
//
// This is TOML. Unknown keys are kept and ignored.
//
// Thread: one owner.
// Bound: profile_bytes_max.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace tocsin::cli {

inline constexpr size_t profile_bytes_max = 1024 * 1024;

struct Profile {
  std::string path;  // "" when there is no file
  std::string server;
  std::string ca;  // as a path that can be opened
  std::string admin_key;
  std::map<std::string, std::string> send_keys;  // by app
};

// INVALID_ARGUMENT naming `path` and the line.
absl::StatusOr<Profile> parse_profile(const std::string& path, const std::string& text);

// The profile at `wanted` if given, else the first that exists of ./.tocsin/cli.toml and
// ~/.config/tocsin/cli.toml, else an empty one. NOT_FOUND when `wanted` cannot be read.
absl::StatusOr<Profile> load_profile(const std::string& wanted);

// `text`, the profile at `path`, with the send key of `app` added to or replaced in [send_keys]; no
// other line changes. FAILED_PRECONDITION when that table is written in another form.
absl::StatusOr<std::string> with_send_key(const std::string& path, const std::string& text,
                                          const std::string& app, const std::string& key);

// Do the same to the file, replacing it in one step and keeping its permissions. FAILED_PRECONDITION
// also when it is no regular file: what is written to a device is lost.
absl::Status add_send_key(const std::string& path, const std::string& app, const std::string& key);

}  // namespace tocsin::cli
