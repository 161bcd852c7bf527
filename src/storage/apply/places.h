// Giving places to devices, and taking them back.
//
// Thread: the storage thread.
#pragma once

#include <cstdint>

#include <absl/status/statusor.h>

#include "storage/store/batch.h"
#include "storage/tables/ordinals.h"

namespace tocsin::storage {

// The place of a new device.
absl::StatusOr<DeviceRef> assign_place(const Ordinals::Owner& owner, uint64_t log_time_ms,
                                       Ordinals& ordinals, Batch& batch);
// The device is gone; its place is given again when no message that can mention it is alive.
void release_place(DeviceRef place, uint64_t log_time_ms, Ordinals& ordinals, Batch& batch);

}  // namespace tocsin::storage
