// Devices as the API shows them, one by one or page by page.
//
// Thread: the storage lane.  Bound: the `max` of a page; one row look-up a device.
#pragma once

#include <cstdint>

#include <absl/status/statusor.h>

#include "sets/device_set.h"
#include "storage/storage.h"
#include "storage/tables/registry.h"

namespace tocsin::storage {

class DeviceListing {
 public:
  DeviceListing(const Store& store, const Registry& registry, const sets::DeviceSet& online)
      : store_(store), registry_(registry), online_(online) {}

  // nullopt for a device the app does not have.
  absl::StatusOr<std::optional<DeviceDetails>> find(AppId app, const DeviceId& device,
                                                    uint64_t now_ms) const;
  // Devices of `audience` at places from `from` on, rising.
  absl::StatusOr<DevicePage> page(AppId app, const sets::DeviceSet& audience, DeviceRef from,
                                  size_t max, uint64_t now_ms) const;

 private:
  // 0: not within audience_windows_days_max.
  absl::StatusOr<uint32_t> last_seen_day(AppId app, DeviceRef place, uint64_t now_ms) const;

  const Store& store_;
  const Registry& registry_;
  const sets::DeviceSet& online_;
};

}  // namespace tocsin::storage
