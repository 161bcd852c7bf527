// The command line as a value: what `tocsin` was asked to do.
//
// Thread: pure function.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/console.h"

namespace tocsin::cli {

enum class Command {
  none,
  app_create,
  app_list,
  send,
  report,
  recall,
  why,
  count,
  audience_list,
  audience_change,
  device_update,
  device_delete,
  user_delete,
  status,
  backup,
  completion
};

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
  std::string alias;     // also of a device, of a user
  std::string audience;  // an expression, or with `audience` the name of one
  std::string collapse_key;
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
  // recall
  bool notify = false;
  // audience, device: ids or tags
  std::vector<std::string> add;
  std::vector<std::string> remove;
  bool clear = false;
  // device update: those that were given
  std::map<std::string, std::string> attributes;
};

// Parse `words` (without the program's name) into `arguments`. ExitCode::ok to go on; with
// command == none then, --help was asked for and given. ExitCode::usage with the reason written to
// `console.err`.
int parse_arguments(const std::vector<std::string>& words, Console console, Arguments& arguments);

}  // namespace tocsin::cli
