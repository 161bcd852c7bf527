// Every command of `tocsin`. Each file of this folder has one command, or the few of one noun.
//
// add_NAME() declares the command NAME in CLI11, with its options and the function that runs it. A
// new command needs that, and a line here.
//
// Thread: pure functions.
#pragma once

#include "cli/command_line.h"

namespace tocsin::cli {

// In the order of --help.
#define TOCSIN_COMMANDS(X) \
  X(app)                   \
  X(key)                   \
  X(webhook)               \
  X(send)                  \
  X(batch)                 \
  X(messages)              \
  X(report)                \
  X(watch)                 \
  X(totals)                \
  X(series)                \
  X(recall)                \
  X(stop)                  \
  X(why)                   \
  X(schedule)              \
  X(count)                 \
  X(audience)              \
  X(device)                \
  X(user)                  \
  X(status)                \
  X(backup)                \
  X(completion)

#define TOCSIN_DECLARE_COMMAND(name) void add_##name(CommandLine& line);
TOCSIN_COMMANDS(TOCSIN_DECLARE_COMMAND)
#undef TOCSIN_DECLARE_COMMAND

inline void add_commands(CommandLine& line) {
#define TOCSIN_ADD_COMMAND(name) add_##name(line);
  TOCSIN_COMMANDS(TOCSIN_ADD_COMMAND)
#undef TOCSIN_ADD_COMMAND
}

}  // namespace tocsin::cli
