// Kinds of options that several commands take, so that each kind is checked, named in --help and
// completed in one way.
//
// The variable that an option writes to must live as long as `command`.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <CLI/App.hpp>
#include <google/protobuf/repeated_ptr_field.h>
#include <google/protobuf/timestamp.pb.h>

namespace tocsin::cli {

// A duration such as "1h30m"; `set` gets its seconds.
CLI::Option* add_duration(CLI::App& command, const char* name, const char* help,
                          std::function<void(int64_t duration_s)> set);

// --at TIME, counted from now if it is a duration.
CLI::Option* add_at(CLI::App& command, const char* help,
                    std::function<void(const google::protobuf::Timestamp&)> set);

// The name of a file; takes_file() recognises such an option.
CLI::Option* add_file(CLI::App& command, const char* name, std::string& to, const char* help);
bool takes_file(CLI::Option& option);

// KEY=VALUE, any number of times.
CLI::Option* add_entries(CLI::App& command, const char* name, const char* help,
                         std::function<void(const std::string& key, const std::string& value)> add);

using Strings = google::protobuf::RepeatedPtrField<std::string>;
// Texts, several in one go or by repeating the option; and an option to be repeated for each text.
CLI::Option* add_strings(CLI::App& command, const char* name, Strings& to, const char* help);
CLI::Option* add_repeated(CLI::App& command, const char* name, Strings& to, const char* help);

// MESSAGE_ID and DEVICE_ID, required.
void add_message_id(CLI::App& command, std::string& to,
                    const char* help = "From the answer to send");
void add_device_id(CLI::App& command, std::string& to);

}  // namespace tocsin::cli
