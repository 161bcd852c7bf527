// Options: what the command line of tocsin-bench-storage asks for.
//
// Thread: a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "figures/answer.h"
#include "figures/command_line.h"
#include "storage/accept_race.h"
#include "storage/audience_count.h"
#include "storage/cast_cost.h"
#include "storage/replay_rate.h"

namespace tocsin::storage_bench {

struct Options {
  std::vector<std::string> parts = {"accept", "fill", "count", "cast", "replay"};
  uint64_t devices = 10'000'000;
  uint32_t tags = 1000;
  AcceptOptions accept;
  CountOptions count;
  CastOptions cast;
  ReplayOptions replay;
  std::string folder;  // empty: a new one below $TMPDIR, removed at the end
  figures::AnswerOptions answer{"storage"};

  bool has(const std::string& part) const;
  // Whether any part needs the registered devices.
  bool needs_fleet() const { return has("fill") || has("count") || has("cast") || has("replay"); }
};

// What parse_options found.
struct ParsedOptions : figures::ParsedLine {
  Options options;
};

// The arguments behind the program's name.
ParsedOptions parse_options(std::vector<std::string> arguments);

}  // namespace tocsin::storage_bench
