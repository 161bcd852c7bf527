// Whole files as text.
//
// Thread: any.
#pragma once

#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace tocsin::harness {

// Empty when it cannot be read.
std::string file_text(const std::string& path);
// NOT_FOUND when it cannot be read or is empty.
absl::StatusOr<std::string> read_file(const std::string& path);
// UNAVAILABLE when it cannot be written.
absl::Status write_file(const std::string& path, const std::string& text);

// The last lines of a program's log, for a message.
std::string end_of_log(const std::string& path);

}  // namespace tocsin::harness
