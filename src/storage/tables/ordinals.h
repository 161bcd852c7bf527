// Ordinals: the dense places of devices within their partitions, and who has which.
//
// A place is given when a device's first record is applied. The place of a deleted device is given
// again once no message that can mention it is alive (expiry.h); until then it is nobody's.
//
// Thread: the storage lane.  Bound: 4 bytes a partition, and a bit for each place that is nobody's.
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

  absl::StatusOr<DeviceRef> assign(const Owner& owner, uint64_t log_time_ms, Store::Batch& batch);
  void release(DeviceRef place, uint64_t log_time_ms, Store::Batch& batch);

 private:
  absl::StatusOr<std::optional<FreeOrdinal>> reusable(uint32_t partition,
                                                      uint64_t log_time_ms) const;
  DeviceRef extend(uint32_t partition, Store::Batch& batch);

  const Store& store_;
  std::array<uint32_t, limits::partitions> next_{};
  sets::DeviceSet free_;
};

}  // namespace tocsin::storage
