#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/duration.h"
#include "cli/send_time.h"

namespace tocsin::cli {
namespace {

// CLI11 calls these; what they return is the complaint, "" for none.
std::string check_duration(const std::string& text) {
  if (parse_duration_s(text)) return {};
  return fmt::format("'{}' is not a time: use such as 30s, 10m, 1h30m, 7d", text);
}

std::string check_send_time(const std::string& text) {
  if (parse_send_time(text, 0)) return {};
  return fmt::format("'{}' is not a time: use such as 2026-11-22T18:00:00Z, or 10m from now", text);
}

}  // namespace

CLI::App* add_noun(CLI::App& parent, const char* name, const char* help) {
  CLI::App* noun = parent.add_subcommand(name, help);
  noun->fallthrough();
  noun->require_subcommand(1);
  return noun;
}

CLI::App* add_command(CLI::App& parent, const char* name, const char* help, Command command,
                      Arguments& arguments) {
  CLI::App* sub = parent.add_subcommand(name, help);
  sub->fallthrough();
  sub->callback([&arguments, command] { arguments.command = command; });
  return sub;
}

CLI::App* add_on_app(CLI::App& parent, const char* name, const char* help, Command command,
                     Arguments& arguments) {
  CLI::App* sub = add_command(parent, name, help, command, arguments);
  sub->add_option("--app", arguments.app, "Name of the app")->required();
  return sub;
}

CLI::Option* add_duration(CLI::App& command, const char* name, const char* help,
                          std::function<void(uint64_t)> set) {
  return command
      .add_option_function<std::string>(
          name, [set = std::move(set)](const std::string& text) { set(*parse_duration_s(text)); },
          help)
      ->check(CLI::Validator(check_duration, ""));
}

CLI::Option* add_repeated(CLI::App& command, const char* name, const char* help,
                          std::vector<std::string>& values) {
  return command.add_option(name, values, help)->allow_extra_args(false);
}

CLI::Option* add_at(CLI::App& command, const char* help, Arguments& arguments) {
  return command.add_option("--at", arguments.at, help)->check(CLI::Validator(check_send_time, ""));
}

void add_message_id(CLI::App& command, const char* help, Arguments& arguments) {
  command.add_option("MESSAGE_ID", arguments.message, help)->required();
}

void add_device_id(CLI::App& command, Arguments& arguments) {
  command.add_option("DEVICE_ID", arguments.devices, "32 hexadecimal digits")
      ->required()
      ->expected(1);
}

}  // namespace tocsin::cli
