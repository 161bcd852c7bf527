// What a failed system call says.
//
// Thread: the one that made the call.
#pragma once

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <string_view>

#include <absl/status/status.h>

namespace tocsin::bench {

// UNAVAILABLE: `what`, and what errno says of it.
inline absl::Status system_error(std::string_view what) {
  return absl::UnavailableError(fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace tocsin::bench
