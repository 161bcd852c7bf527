// Accept race: durable sends to single devices, beside bare RocksDB puts of as many bytes on the
// same disk.
//
//   for each round: sends, puts    (the order turns round every time)
//
// A send is what accepting one is made of: the record is built, appended to the log, and the answer
// "durable" comes back to the dispatcher's partition, where its caller sends the next. Storage applies
// it behind, on the same CPUs. The HTTP request around it is no part of this.
//
// Thread: the main thread.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

#include "figures/spread.h"
#include "storage/fleet.h"

namespace tocsin::storage_bench {

struct AcceptOptions {
  uint32_t callers = 64;
  uint32_t sends = 20'000;  // of a round
  uint32_t rounds = 11;
  uint32_t payload_bytes = 150;
};

struct AcceptResult {
  uint32_t record_bytes = 0;      // of a send; a bare put has a value of this size
  figures::Spread sends_per_s;    // durable
  figures::Spread applied_per_s;  // until storage has applied them, too
  figures::Spread puts_per_s;     // bare
  figures::Spread ratio;          // sends / puts, of the same round
  figures::Spread applied_ratio;  // applied / puts
  double sends_per_sync = 0;
  double puts_per_sync = 0;
};

// In the new `folder`. UNAVAILABLE when the disk failed, INTERNAL when a send was refused.
absl::StatusOr<AcceptResult> race_accepts(const std::string& folder, const AcceptOptions& options);

}  // namespace tocsin::storage_bench
