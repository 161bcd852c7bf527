// The command line as a value: what `tocsin` was asked to do.
//
// Thread: pure function.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/console.h"

namespace tocsin::cli {

enum class Command { none, app_create, app_list, send, report, status, completion };

struct Arguments {
  Command command = Command::none;
  // Where to and with what; empty: from the profile.
  std::string profile;
  std::string server;
  std::string ca;
  std::string key;
  bool json = false;
  // app create NAME; send and report --app
  std::string app;
  // send
  std::vector<std::string> devices;
  std::string tag;
  bool everyone = false;
  std::string title;
  std::string body;
  std::vector<std::pair<std::string, std::string>> data;
  std::string ttl;  // as protobuf's JSON has it, "3600s"; "" for the server's default
  std::string priority;
  bool wait = false;
  uint64_t wait_s_max = 30;
  // report
  std::string message;
  bool watch = false;
};

// Parse `words` (without the program's name) into `arguments`. ExitCode::ok to go on; with
// command == none then, --help was asked for and given. ExitCode::usage with the reason written to
// `console.err`.
int parse_arguments(const std::vector<std::string>& words, Console console, Arguments& arguments);

}  // namespace tocsin::cli
