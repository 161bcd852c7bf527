// Options: what the command line of tocsin-bench-storage asks for.
//
// Thread: a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/bench.h"

namespace tocsin::storage_bench {

extern const harness::Program program;

struct Options : harness::BenchOptions {
  Options() : BenchOptions("storage") {}
  void declare(CLI::App& app) override;
  bool has(const std::string& part) const;

  std::vector<std::string> parts = {"accept", "fill", "count", "cast", "replay"};
  uint64_t devices = 10'000'000;
  uint32_t tags = 1000;
  std::string folder;  // empty: a new one below $TMPDIR, removed at the end
  // Of accept.
  uint32_t callers = 64;
  uint32_t sends = 20'000;  // of a round
  uint32_t rounds = 11;
  uint32_t payload_bytes = 150;
  // Of the other parts.
  uint32_t counts = 20;
  uint32_t casts = 5;
  uint32_t replay_devices = 100'000;  // of a round; at most the fleet
  uint32_t replays = 5;               // rounds, each with other devices, if there are as many
};

}  // namespace tocsin::storage_bench
