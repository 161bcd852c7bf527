// What counting an audience costs, with the whole fleet registered.
//
// Thread: the main thread.
#pragma once

#include <cstdint>

#include <absl/status/statusor.h>

#include "figures/spread.h"
#include "storage/fleet.h"
#include "storage/installation.h"

namespace tocsin::storage_bench {

struct CountOptions {
  uint32_t counts = 20;
};

struct CountResult {
  uint64_t devices = 0;  // that the audience means
  double first_ms = 0;   // the store just opened, its cache empty
  figures::Spread ms;    // of those behind the second
};

// Count Fleet::audience as the API does. INTERNAL when the number is wrong.
absl::StatusOr<CountResult> measure_counts(Installation& installation, const Fleet& fleet,
                                           const CountOptions& options);

}  // namespace tocsin::storage_bench
