// The parts of the bench that measure something, and what they can be asked: each tells what it
// found.
//
// Accept: durable sends to single devices, beside bare RocksDB puts of as many bytes on the same
// disk, in turn within every round, the order turned round every time. A send is what accepting one
// is made of: the record is built, appended to the log, and the answer "durable" comes back to the
// dispatcher's shard, where its caller sends the next. Storage applies it behind, on the same CPUs.
// The HTTP request around it is no part of this.
//
// Replay: devices come back that have missed a cast. Sessions are opened as a gateway opens them;
// each grant must carry the cast, and nothing else. The figure is CPU time of storage's thread, so
// it holds for a core that does only this.
//
// Thread: the main thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "base/clock.h"
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

inline double seconds_since(uint64_t start_ns) {
  return static_cast<double>(monotonic_ns() - start_ns) / 1e9;
}

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
