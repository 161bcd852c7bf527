// Options: what the command line of tocsin-bench-storm asks for.
//
// Thread: a value.
#pragma once

#include <string>
#include <vector>

#include "storm/connect_storm.h"
#include "storm/handshake_race.h"

namespace tocsin::storm {

struct Options {
  bool skip_handshakes = false;
  RaceOptions race;
  StormOptions storm;  // no server: only handshakes
  std::string json;    // a file, "-" for standard output, empty for none
  bool check = false;
  std::string targets = "bench/targets.toml";
  std::string section = "storm";
};

// What parse_options found.
struct ParsedOptions {
  bool run = false;   // false: print `text` and exit with `exit_code`
  int exit_code = 0;  // 0 after --help, 2 when the usage is wrong
  std::string text;
  Options options;
};

// The arguments behind the program's name.
ParsedOptions parse_options(std::vector<std::string> arguments);

}  // namespace tocsin::storm
