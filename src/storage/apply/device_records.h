// What the records of devices do: their rows, their places, and the sets that follow from the rows.
//
// Thread: the storage thread.  Bound: tags_per_device_max tags per device; further ones are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <absl/status/statusor.h>

#include "storage/store/batch.h"
#include "storage/tables/registry.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Both answer the device as it is after the record if its tags changed, or tags were to be removed
// that it had not: a gateway waits for that answer. INVALID_ARGUMENT for an id that is not one.
// Changing an unknown device changes nothing; a tag both removed and added is added.
absl::StatusOr<std::optional<Device>> register_device(const internal::DeviceRegistered& record,
                                                      Registry& registry, Batch& batch);
absl::StatusOr<std::optional<Device>> change_device(const internal::DeviceChanged& record,
                                                    const Registry& registry, Batch& batch);

// Erase the devices from rows and sets, except those of messages. The places they had.
absl::StatusOr<std::vector<DeviceRef>> delete_devices(const internal::DevicesDeleted& record,
                                                      uint64_t log_time_ms, const Store& store,
                                                      Registry& registry, Batch& batch);

}  // namespace tocsin::storage
