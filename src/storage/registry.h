// Registry: the devices: their rows, their dense ordinals, and the sets "of the app" and "with the
// tag" that follow from the rows.
//
// A device's ordinal is given when its first DeviceRegistered is applied, counting from 0 within
// its virtual shard over all apps, and never changes.
//
// Thread: the storage lane.  Bound: tags_per_device_max tags a device; further ones are left out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <absl/status/statusor.h>

#include "base/ids.h"
#include "storage/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

struct Device {
  DeviceRef ref;
  std::vector<std::string> tags;
};

class Registry {
 public:
  explicit Registry(const Store& store) : store_(store) {}
  absl::Status load();

  absl::StatusOr<std::optional<Device>> find(AppId app, const DeviceId& device) const;
  // Whether a device has been given this place.
  bool is_assigned(DeviceRef device) const;

  uint64_t devices() const;
  uint64_t devices_of(AppId app) const;

  // Both answer the device as it is after the record if its tags changed. INVALID_ARGUMENT for an
  // id that is none. Tagging an unknown device changes nothing; a tag both removed and added is
  // added.
  absl::StatusOr<std::optional<Device>> apply(const internal::DeviceRegistered& record,
                                              Store::Batch& batch);
  absl::StatusOr<std::optional<Device>> apply(const internal::DeviceTagged& record,
                                              Store::Batch& batch);

 private:
  struct Key {
    AppId app;
    DeviceId device;
  };
  absl::StatusOr<std::optional<internal::DeviceRow>> row(const Key& key) const;
  internal::DeviceRow assign(const Key& key, Store::Batch& batch);
  void write(const Key& key, const internal::DeviceRow& row, Store::Batch& batch) const;

  const Store& store_;
  std::array<uint32_t, limits::virtual_shards> next_ordinal_{};
  std::unordered_map<uint32_t, uint64_t> count_by_app_;
};

}  // namespace tocsin::storage
