// What a cast to the whole fleet costs storage when no device of it is online.
//
// Thread: the main thread.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

#include "figures/spread.h"

namespace tocsin::storage_bench {

struct CastOptions {
  uint32_t casts = 5;
};

struct CastResult {
  double first_ms = 0;  // the store just opened, its cache empty
  figures::Spread ms;   // from the serialized record to the set in store and memory; all casts
  figures::Spread disk_bytes;  // growth of the store's folder, flushed before and after
};

// Casts to everyone in the store of `folder`. INTERNAL when a cast does not mean all its devices.
absl::StatusOr<CastResult> measure_casts(const std::string& folder, const CastOptions& options);

}  // namespace tocsin::storage_bench
