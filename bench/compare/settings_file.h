// SettingsFile: a server's settings, made from a template by filling in its words between @.
//
// Thread: pure functions, but for make_settings(), which reads and writes files.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace tocsin::compare {

// "PORT" -> "4711", for each @PORT@.
using SettingsWords = std::map<std::string, std::string, std::less<>>;

// INVALID_ARGUMENT names a word that is not there.
absl::StatusOr<std::string> fill_settings(std::string_view settings, const SettingsWords& words);

// Read `from`, fill it, write `to`. Errors name the file.
absl::Status make_settings(const std::string& from, const std::string& to,
                           const SettingsWords& words);

}  // namespace tocsin::compare
