#include "cli/options.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

#include "base/clock.h"
#include "cli/duration.h"
#include "cli/send_time.h"

namespace tocsin::cli {
namespace {

constexpr char file_check[] = "file";

// CLI11 calls these; they return the complaint, or "" if there is none.
std::string check_duration(const std::string& text) {
  if (parse_duration_s(text)) return {};
  return fmt::format("'{}' is not a duration: give one like 30s, 10m, 1h30m, 7d", text);
}

std::string check_send_time(const std::string& text) {
  if (parse_send_time(text, 0)) return {};
  return fmt::format(
      "'{}' is not a time: give one like 2026-11-22T18:00:00Z, or 10m for ten minutes from now",
      text);
}

std::string check_entry(const std::string& text) {
  if (text.find('=') != std::string::npos && text[0] != '=') return {};
  return fmt::format("'{}' is not KEY=VALUE", text);
}

}  // namespace

CLI::Option* add_duration(CLI::App& command, const char* name, const char* help,
                          std::function<void(int64_t)> set) {
  return command
      .add_option_function<std::string>(
          name,
          [set = std::move(set)](const std::string& text) {
            set(static_cast<int64_t>(*parse_duration_s(text)));
          },
          help)
      ->check(CLI::Validator(check_duration, ""));
}

CLI::Option* add_at(CLI::App& command, const char* help,
                    std::function<void(const google::protobuf::Timestamp&)> set) {
  return command
      .add_option_function<std::string>(
          "--at",
          [set = std::move(set)](const std::string& text) {
            set(*parse_send_time(text, wall_ms()));
          },
          help)
      ->check(CLI::Validator(check_send_time, ""));
}

CLI::Option* add_file(CLI::App& command, const char* name, std::string& to, const char* help) {
  return command.add_option(name, to, help)
      ->check(CLI::Validator([](std::string&) { return std::string(); }, "", file_check));
}

bool takes_file(CLI::Option& option) {
  try {
    return option.get_validator(file_check) != nullptr;
  } catch (const CLI::OptionNotFound&) {  // no check of that name
    return false;
  }
}

CLI::Option* add_entries(
    CLI::App& command, const char* name, const char* help,
    std::function<void(const std::string& key, const std::string& value)> add) {
  return command
      .add_option_function<std::vector<std::string>>(
          name,
          [add = std::move(add)](const std::vector<std::string>& entries) {
            for (const std::string& entry : entries) {
              const size_t equals = entry.find('=');
              add(entry.substr(0, equals), entry.substr(equals + 1));
            }
          },
          help)
      ->check(CLI::Validator(check_entry, ""));
}

CLI::Option* add_strings(CLI::App& command, const char* name, Strings& to, const char* help) {
  return command.add_option_function<std::vector<std::string>>(
      name, [&to](const std::vector<std::string>& texts) { to.Assign(texts.begin(), texts.end()); },
      help);
}

CLI::Option* add_repeated(CLI::App& command, const char* name, Strings& to, const char* help) {
  return add_strings(command, name, to, help)->allow_extra_args(false);
}

void add_message_id(CLI::App& command, std::string& to, const char* help) {
  command.add_option("MESSAGE_ID", to, help)->required();
}

void add_device_id(CLI::App& command, std::string& to) {
  command.add_option("DEVICE_ID", to, "32 hexadecimal digits")->required();
}

}  // namespace tocsin::cli
