// Registry: the devices: their rows, their places (ordinals.h), and the sets "of the app", "with
// the tag", "with the attribute" that follow from the rows.
//
// Thread: the storage lane.  Bound: tags_per_device_max tags a device; further ones are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>

#include "base/ids.h"
#include "storage/store/store.h"
#include "storage/tables/ordinals.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

struct Device {
  DeviceRef ref;
  std::vector<std::string> tags;
  uint64_t assigned_at_ms = 0;  // since when it has this place
  std::string platform;
  std::string time_zone;
};

class Registry {
 public:
  struct Key {
    AppId app;
    DeviceId device;
  };

  explicit Registry(const Store& store) : store_(store), ordinals_(store) {}
  absl::Status load();

  absl::StatusOr<std::optional<Device>> find(AppId app, const DeviceId& device) const;
  // What find() says of each, in their order. Devices that come together are looked up together,
  // which costs less.
  std::vector<absl::StatusOr<std::optional<Device>>> find_all(std::span<const Key> devices) const;
  absl::StatusOr<std::optional<internal::DeviceRow>> row(AppId app, const DeviceId& device) const;
  // Whether the place is a device's.
  bool is_assigned(DeviceRef device) const { return ordinals_.is_assigned(device); }
  const Ordinals& ordinals() const { return ordinals_; }

  uint64_t devices() const { return ordinals_.assigned(); }
  uint64_t devices_of(AppId app) const;

  // Both answer the device as it is after the record if its tags changed, or tags were to be
  // removed that it had not: a gateway waits for that answer. INVALID_ARGUMENT for an id that is
  // none. Changing an unknown device changes nothing; a tag both removed and added is added.
  absl::StatusOr<std::optional<Device>> apply(const internal::DeviceRegistered& record,
                                              Store::Batch& batch);
  absl::StatusOr<std::optional<Device>> apply(const internal::DeviceChanged& record,
                                              Store::Batch& batch);

  // Erase the devices from rows and sets, except those of messages. The places they had.
  absl::StatusOr<std::vector<DeviceRef>> apply(const internal::DevicesDeleted& record,
                                               uint64_t log_time_ms, Store::Batch& batch);

 private:
  void find_together(std::span<const Key> devices,
                     std::vector<absl::StatusOr<std::optional<Device>>>& found) const;
  absl::StatusOr<internal::DeviceRow> assign(const Key& key, uint64_t log_time_ms,
                                             Store::Batch& batch);
  absl::StatusOr<std::vector<DeviceId>> named(const internal::DevicesDeleted& record) const;
  // Its place; nullopt when it is unknown.
  absl::StatusOr<std::optional<DeviceRef>> erase(const Key& key, uint64_t log_time_ms,
                                                 Store::Batch& batch);
  absl::Status leave_named_sets(AppId app, DeviceRef place, uint64_t log_time_ms,
                                Store::Batch& batch) const;
  void count(AppId app, int64_t change, Store::Batch& batch);
  void write(const Key& key, const internal::DeviceRow& row, Store::Batch& batch) const;

  const Store& store_;
  Ordinals ordinals_;
  std::unordered_map<uint32_t, uint64_t> count_by_app_;
};

}  // namespace tocsin::storage
