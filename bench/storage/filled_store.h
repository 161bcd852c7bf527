// FilledStore: a store in which the whole fleet is registered, and nothing else ever happened.
//
// Registered one by one with the records that the log would hold, as fast as they can be applied,
// flushed as storage does it. A part that changes something works on a copy, whose files are hard
// links, so the same devices serve every part and, if the folder is kept, the next call. A fill
// that was cut short goes on where it was.
//
// Thread: one owner.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

#include "cluster/log.h"
#include "storage/fleet.h"

namespace tocsin::storage_bench {

struct FillResult {
  uint64_t registered = 0;  // by this call; the others were there
  double seconds = 0;
  double cpu_us_per_device = 0;  // of the applying thread
  double settle_seconds = 0;     // the last flush, and compaction until it rests
  uint64_t disk_bytes = 0;       // at rest
  uint64_t rss_bytes_before = 0;
  uint64_t rss_bytes_peak = 0;
  uint64_t rss_bytes_at_rest = 0;  // with the store open
};

class FilledStore {
 public:
  // In `folder`, which is kept if there is something of it already.
  static absl::StatusOr<FilledStore> make(const Fleet& fleet, const std::string& folder);

  const FillResult& result() const { return result_; }

  // Make the new folder a store with the same state; returns its position.
  absl::StatusOr<cluster::Position> copy_to(const std::string& folder) const;

 private:
  explicit FilledStore(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
  FillResult result_;
};

}  // namespace tocsin::storage_bench
