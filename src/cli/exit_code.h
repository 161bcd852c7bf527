// The exit codes of `tocsin`; part of its interface, documented in --help.
//
// Thread: constants.
#pragma once

namespace tocsin::cli {

enum ExitCode : int {
  ok = 0,
  refused = 1,      // the server said no, or holds a send until it is confirmed
  usage = 2,        // the command line or the profile is wrong; nothing was sent
  unreachable = 3,  // no connection, no answer, or a server that cannot prove who it is
  pending = 4,      // --wait: accepted, but not every device had it in time
};

inline constexpr char exit_code_help[] =
    "Exit codes: 0 done; 1 the server refused (also one of a batch), or holds a send until it is\n"
    "released; 2 wrong usage; 3 the server cannot be reached; 4 --wait ended while devices were\n"
    "still pending.";

}  // namespace tocsin::cli
