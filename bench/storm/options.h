// Options: what the command line of tocsin-bench-storm asks for.
//
// Thread: a value.
#pragma once

#include <string>
#include <vector>

#include "figures/answer.h"
#include "figures/command_line.h"
#include "storm/connect_storm.h"
#include "storm/handshake_race.h"

namespace tocsin::storm {

struct Options {
  bool skip_handshakes = false;
  RaceOptions race;
  StormOptions storm;  // no server: only handshakes
  figures::AnswerOptions answer{"storm"};
};

// What parse_options found.
struct ParsedOptions : figures::ParsedLine {
  Options options;
};

// The arguments behind the program's name.
ParsedOptions parse_options(std::vector<std::string> arguments);

}  // namespace tocsin::storm
