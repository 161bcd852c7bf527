// Options: what the command line of tocsin-bench-storm asks for.
//
// Thread: a value.
#pragma once

#include <string>

#include "harness/bench.h"
#include "storm/connect_storm.h"
#include "storm/handshake_race.h"

namespace tocsin::storm {

extern const harness::Program program;

struct Options : harness::BenchOptions {
  Options() : BenchOptions("storm") {}
  void declare(CLI::App& app) override;
  std::string finish(const CLI::App& app) override;

  bool skip_handshakes = false;
  RaceOptions race;
  StormOptions storm;  // no server: only handshakes
};

}  // namespace tocsin::storm
