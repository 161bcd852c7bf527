#include "storage/tables/registry.h"

#include <algorithm>
#include <utility>

#include "base/fixed_int.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

// As many rows as are held in memory at once by who looks up more.
constexpr size_t lookups_at_once = 64;

absl::Status unreadable_row(const DeviceId& device) {
  return absl::DataLossError("row of device " + device.text() + " cannot be read");
}

}  // namespace

DeviceRef place_of(const DeviceId& id, const internal::DeviceRow& row) {
  return {partition_of(id), row.ordinal()};
}

Device device_of(const DeviceId& id, const internal::DeviceRow& row) {
  return {place_of(id, row),
          {row.tags().begin(), row.tags().end()},
          row.assigned_at_ms(),
          row.platform(),
          row.time_zone()};
}

absl::Status Registry::load() {
  if (auto status = ordinals_.load(); !status.ok()) return status;
  const auto counts = store_.rows(Family::meta, std::string(1, device_counts));
  for (; counts->valid(); counts->next()) {
    if (counts->key().size() != 5 || counts->value().size() != 8) {
      return absl::DataLossError("a row of `meta` is not a count of devices");
    }
    count_by_app_[get_be<uint32_t>(counts->key().substr(1))] = get_le<uint64_t>(counts->value());
  }
  return counts->status();
}

absl::StatusOr<std::optional<Device>> Registry::find(AppId app, const DeviceId& device) const {
  const auto found = row(app, device);
  if (!found.ok()) return found.status();
  if (!found->has_value()) return std::optional<Device>();
  return std::optional<Device>(device_of(device, **found));
}

std::vector<absl::StatusOr<std::optional<Device>>> Registry::find_all(
    std::span<const Key> devices) const {
  std::vector<absl::StatusOr<std::optional<Device>>> found;
  found.reserve(devices.size());
  for (; !devices.empty(); devices = devices.subspan(std::min(devices.size(), lookups_at_once))) {
    find_together(devices.first(std::min(devices.size(), lookups_at_once)), found);
  }
  return found;
}

void Registry::find_together(std::span<const Key> devices,
                             std::vector<absl::StatusOr<std::optional<Device>>>& found) const {
  std::vector<std::string> keys;
  keys.reserve(devices.size());
  for (const Key& key : devices) keys.push_back(device_key(key.app, key.device));
  const Store::Values rows = store_.get_all(Family::devices, keys);
  internal::DeviceRow row;  // one for all: parsing uses its memory again
  for (size_t i = 0; i < devices.size(); ++i) {
    const auto bytes = rows.at(i);
    if (!bytes.ok()) {
      found.emplace_back(bytes.status());
    } else if (!bytes->has_value()) {
      found.emplace_back(std::nullopt);
    } else if (!row.ParseFromArray((*bytes)->data(), static_cast<int>((*bytes)->size()))) {
      found.emplace_back(unreadable_row(devices[i].device));
    } else {
      found.emplace_back(device_of(devices[i].device, row));
    }
  }
}

absl::StatusOr<std::optional<internal::DeviceRow>> Registry::row(AppId app,
                                                                 const DeviceId& device) const {
  const auto bytes = store_.get(Family::devices, device_key(app, device));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<internal::DeviceRow>();
  internal::DeviceRow row;
  if (!row.ParseFromString(**bytes)) return unreadable_row(device);
  return std::optional<internal::DeviceRow>(std::move(row));
}

uint64_t Registry::devices_of(AppId app) const {
  const auto found = count_by_app_.find(app.value);
  return found == count_by_app_.end() ? 0 : found->second;
}

}  // namespace tocsin::storage
