// The process's log: one line per event, to standard error. spdlog is the engine.
//
// Whoever handles an error logs it, once, with what to do about it. Never log a secret or a
// message's content.
//
// Thread: any.
#pragma once

#include <fmt/format.h>
#include <string>
#include <string_view>

#include <absl/status/status.h>

namespace tocsin::runtime {

enum class LogLevel { debug, info, warning, error };

// "debug", "info", "warning" or "error"; INVALID_ARGUMENT for anything else.
absl::Status set_log_level(std::string_view name);

void log_line(LogLevel level, std::string_view line);

// log_info("gateway: listening on {}, {} shards", address, shards): fmt's format strings, checked
// at compile time.
template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tocsin::runtime
