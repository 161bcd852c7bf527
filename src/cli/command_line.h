// The parts of the command line, one function for each family of commands: each adds its commands
// to `parent` and has them fill `arguments`, which must outlive the parse.
//
// Thread: pure functions.
#pragma once

#include <functional>
#include <string>

#include <CLI/App.hpp>

#include "cli/arguments.h"

namespace tocsin::cli {

void add_send_commands(CLI::App& parent, Arguments& arguments);      // send, batch
void add_message_commands(CLI::App& parent, Arguments& arguments);   // messages, report, ...
void add_schedule_commands(CLI::App& parent, Arguments& arguments);  // schedule
void add_audience_commands(CLI::App& parent, Arguments& arguments);  // count, audience
void add_device_commands(CLI::App& parent, Arguments& arguments);    // device, user
void add_app_commands(CLI::App& parent, Arguments& arguments);       // app, key
void add_webhook_commands(CLI::App& parent, Arguments& arguments);   // webhook

// A word such as `device` that needs another one behind it.
CLI::App* add_noun(CLI::App& parent, const char* name, const char* help);

CLI::App* add_command(CLI::App& parent, const char* name, const char* help, Command command,
                      Arguments& arguments);

// A command with --app, required.
CLI::App* add_on_app(CLI::App& parent, const char* name, const char* help, Command command,
                     Arguments& arguments);

// An option such as "1h30m"; `set` gets its seconds.
CLI::Option* add_duration(CLI::App& command, const char* name, const char* help,
                          std::function<void(uint64_t)> set);

// An option that may be repeated and takes one value each time.
CLI::Option* add_repeated(CLI::App& command, const char* name, const char* help,
                          std::vector<std::string>& values);

// --at TIME.
CLI::Option* add_at(CLI::App& command, const char* help, Arguments& arguments);

// MESSAGE_ID, required.
void add_message_id(CLI::App& command, const char* help, Arguments& arguments);

// DEVICE_ID, required.
void add_device_id(CLI::App& command, Arguments& arguments);

}  // namespace tocsin::cli
