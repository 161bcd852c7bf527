// Ordinals: the dense places of devices within their partitions, and who has which.
//
// A place is given when a device's first record is applied. The place of a deleted device is given
// again once no message that can mention it is alive (expiry.h); until then it is nobody's.
//
// Thread: the storage thread.  Bound: 4 bytes a partition, and a bit for each place that is nobody's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <absl/status/statusor.h>

#include "sets/device_set.h"
#include "storage/store/keys.h"
#include "storage/store/store.h"

namespace tocsin::storage {

class Ordinals {
 public:
  struct Owner {
    AppId app;
    DeviceId device;
  };

  explicit Ordinals(const Store& store) : store_(store) {}
  absl::Status load();

  // Whether the place is a device's.
  bool is_assigned(DeviceRef place) const;
  uint64_t assigned() const;
  absl::StatusOr<std::optional<Owner>> owner(DeviceRef place) const;

  // The place of the partition to give next: one that is free again at `log_time_ms`, or nullopt.
  absl::StatusOr<std::optional<FreeOrdinal>> reusable(uint32_t partition,
                                                      uint64_t log_time_ms) const;
  // The first ordinal that was never given.
  uint32_t next(uint32_t partition) const { return next_[partition]; }

  // What the store holds has changed (apply/places.h).
  void extended(uint32_t partition) { ++next_[partition]; }
  void taken(DeviceRef place) { free_.remove(place); }
  void freed(DeviceRef place) { free_.add(place); }

 private:
  const Store& store_;
  std::array<uint32_t, limits::partitions> next_{};
  sets::DeviceSet free_;
};

}  // namespace tocsin::storage
