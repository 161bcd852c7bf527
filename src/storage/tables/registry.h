// Registry: the devices: their rows, their places (ordinals.h), and the sets "of the app", "with
// the tag", "with the attribute" that follow from the rows.
//
// Thread: the storage thread.
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

DeviceRef place_of(const DeviceId& id, const internal::DeviceRow& row);
Device device_of(const DeviceId& id, const internal::DeviceRow& row);

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

  // What the store holds has changed (apply/device_records.h).
  Ordinals& ordinals() { return ordinals_; }
  void set_devices_of(AppId app, uint64_t devices) { count_by_app_[app.value] = devices; }

 private:
  void find_together(std::span<const Key> devices,
                     std::vector<absl::StatusOr<std::optional<Device>>>& found) const;
  const Store& store_;
  Ordinals ordinals_;
  std::unordered_map<uint32_t, uint64_t> count_by_app_;
};

}  // namespace tocsin::storage
