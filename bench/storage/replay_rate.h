// What it costs storage when devices come back that have missed a cast.
//
// Sessions are opened as a gateway opens them; each grant must carry the cast, and nothing else.
// The figure is CPU time of storage's thread, so it holds for a core that does only this.
//
// Thread: the main thread.
#pragma once

#include <cstdint>

#include <absl/status/statusor.h>

#include "figures/spread.h"
#include "storage/fleet.h"
#include "storage/installation.h"

namespace tocsin::storage_bench {

struct ReplayOptions {
  uint32_t devices = 100'000;  // of a round; at most the fleet
  uint32_t rounds = 5;         // each with other devices, if there are as many
};

struct ReplayResult {
  uint64_t devices = 0;            // of a round
  figures::Spread per_s_per_core;  // granted, by CPU time of storage's thread
  figures::Spread per_s;           // by the wall clock
};

// INTERNAL when a device was not granted its session or not offered the cast.
absl::StatusOr<ReplayResult> measure_replay(Installation& installation, const Fleet& fleet,
                                            const ReplayOptions& options);

}  // namespace tocsin::storage_bench
