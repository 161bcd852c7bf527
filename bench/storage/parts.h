// The parts of the bench that measure something, and what they can be asked: each tells what it
// found.
//
// bench/README.md says what each part does and what its figures mean.
//
// Thread: the main thread.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/status.h>

#include "harness/bench.h"
#include "storage/fleet.h"
#include "storage/installation.h"

namespace tocsin::bench::storage_bench {

struct Options : BenchOptions {
  Options() : BenchOptions("storage") { parts = {"accept", "fill", "count", "cast", "replay"}; }
  void declare() override;

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
BOOST_DESCRIBE_STRUCT(Options, (), (devices, tags, callers, sends, rounds, payload_bytes))

// In the new `folder`. UNAVAILABLE when the disk failed, INTERNAL when a send was refused.
absl::Status race_accepts(const std::string& folder, const Options& options, Findings& findings);

// Count Fleet::audience as the API does, with the whole fleet registered. INTERNAL when the number
// is wrong.
absl::Status measure_counts(Installation& installation, const Fleet& fleet, uint32_t counts,
                            Findings& findings);

// Casts to the whole fleet in the store of `folder`, no device of which is online. INTERNAL when
// one does not mean all devices.
absl::Status measure_casts(const std::string& folder, uint32_t casts, Findings& findings);

// INTERNAL when a device was not granted its session or not offered the cast.
absl::Status measure_replay(Installation& installation, const Fleet& fleet, const Options& options,
                            Findings& findings);

}  // namespace tocsin::bench::storage_bench
