#include "storage/registry.h"

#include <algorithm>

#include "cluster/fixed_int.h"
#include "storage/keys.h"
#include "storage/sets.h"

namespace tocsin::storage {
namespace {

std::optional<DeviceId> device_id_of(const std::string& bytes) {
  return DeviceId::from_bytes(as_bytes(bytes));
}

absl::Status not_a_device() {
  return absl::InvalidArgumentError("device without an app, or an id that is not 16 bytes");
}

Device device_of(const DeviceId& id, const internal::DeviceRow& row) {
  return {{virtual_shard_of(id), row.ordinal()}, {row.tags().begin(), row.tags().end()}};
}

bool has_tag(const internal::DeviceRow& row, const std::string& tag) {
  return std::find(row.tags().begin(), row.tags().end(), tag) != row.tags().end();
}

template <typename Tags>
bool add_tags(const Tags& tags, AppId app, DeviceRef ref, internal::DeviceRow& row,
              Store::Batch& batch) {
  bool changed = false;
  for (const std::string& tag : tags) {
    const bool legal = !tag.empty() && tag.size() <= limits::tag_bytes_max;
    const bool room = static_cast<size_t>(row.tags_size()) < limits::tags_per_device_max;
    if (!legal || !room || has_tag(row, tag)) continue;
    row.add_tags(tag);
    add_to_set(batch, tag_set_prefix(app, tag), ref);
    changed = true;
  }
  return changed;
}

template <typename Tags>
bool remove_tags(const Tags& tags, AppId app, DeviceRef ref, internal::DeviceRow& row,
                 Store::Batch& batch) {
  bool changed = false;
  for (const std::string& tag : tags) {
    auto& have = *row.mutable_tags();
    const auto found = std::find(have.begin(), have.end(), tag);
    if (found == have.end()) continue;
    have.erase(found);
    remove_from_set(batch, tag_set_prefix(app, tag), ref);
    changed = true;
  }
  return changed;
}

}  // namespace

absl::Status Registry::load() {
  const auto ordinals = store_.rows(Family::meta, std::string(1, next_ordinals));
  for (; ordinals->valid(); ordinals->next()) {
    const uint32_t shard = shard_of_set_key(ordinals->key());
    if (shard >= limits::virtual_shards || ordinals->value().size() != 4) {
      return absl::DataLossError("a row of `meta` is not a next ordinal");
    }
    next_ordinal_[shard] = cluster::get_le<uint32_t>(ordinals->value());
  }
  if (auto status = ordinals->status(); !status.ok()) return status;
  const auto counts = store_.rows(Family::meta, std::string(1, device_counts));
  for (; counts->valid(); counts->next()) {
    if (counts->key().size() != 5 || counts->value().size() != 8) {
      return absl::DataLossError("a row of `meta` is not a count of devices");
    }
    count_by_app_[cluster::get_be<uint32_t>(counts->key().substr(1))] =
        cluster::get_le<uint64_t>(counts->value());
  }
  return counts->status();
}

absl::StatusOr<std::optional<Device>> Registry::find(AppId app, const DeviceId& device) const {
  const auto found = row({app, device});
  if (!found.ok()) return found.status();
  if (!found->has_value()) return std::optional<Device>();
  return std::optional<Device>(device_of(device, **found));
}

bool Registry::is_assigned(DeviceRef device) const {
  return device.shard < limits::virtual_shards && device.ordinal < next_ordinal_[device.shard];
}

uint64_t Registry::devices() const {
  uint64_t total = 0;
  for (const uint32_t next : next_ordinal_) total += next;
  return total;
}

uint64_t Registry::devices_of(AppId app) const {
  const auto found = count_by_app_.find(app.value);
  return found == count_by_app_.end() ? 0 : found->second;
}

absl::StatusOr<std::optional<Device>> Registry::apply(const internal::DeviceRegistered& record,
                                                      Store::Batch& batch) {
  const auto id = device_id_of(record.device_id());
  if (!id || record.app_id() == 0) return not_a_device();
  const Key key{AppId{record.app_id()}, *id};
  auto known = row(key);
  if (!known.ok()) return known.status();
  internal::DeviceRow updated = known->has_value() ? **known : assign(key, batch);
  updated.set_platform(record.platform());
  updated.set_app_version(record.app_version());
  updated.set_registered_at_ms(record.registered_at_ms());
  const DeviceRef ref{virtual_shard_of(*id), updated.ordinal()};
  const bool changed = add_tags(record.tags(), key.app, ref, updated, batch);
  write(key, updated, batch);
  if (!changed) return std::optional<Device>();
  return std::optional<Device>(device_of(*id, updated));
}

absl::StatusOr<std::optional<Device>> Registry::apply(const internal::DeviceTagged& record,
                                                      Store::Batch& batch) {
  const auto id = device_id_of(record.device_id());
  if (!id || record.app_id() == 0) return not_a_device();
  const Key key{AppId{record.app_id()}, *id};
  auto known = row(key);
  if (!known.ok()) return known.status();
  if (!known->has_value()) return std::optional<Device>();
  internal::DeviceRow updated = **known;
  const DeviceRef ref{virtual_shard_of(*id), updated.ordinal()};
  const bool removed = remove_tags(record.remove(), key.app, ref, updated, batch);
  const bool added = add_tags(record.add(), key.app, ref, updated, batch);
  if (!removed && !added) return std::optional<Device>();
  write(key, updated, batch);
  return std::optional<Device>(device_of(*id, updated));
}

absl::StatusOr<std::optional<internal::DeviceRow>> Registry::row(const Key& key) const {
  const auto bytes = store_.get(Family::devices, device_key(key.app, key.device));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<internal::DeviceRow>();
  internal::DeviceRow row;
  if (!row.ParseFromString(**bytes)) {
    return absl::DataLossError("row of device " + key.device.text() + " cannot be read");
  }
  return std::optional<internal::DeviceRow>(std::move(row));
}

internal::DeviceRow Registry::assign(const Key& key, Store::Batch& batch) {
  const uint32_t shard = virtual_shard_of(key.device);
  internal::DeviceRow row;
  row.set_app_id(key.app.value);
  row.set_ordinal(next_ordinal_[shard]);
  add_to_set(batch, app_set_prefix(key.app), {shard, row.ordinal()});
  std::string next;
  cluster::put_le(row.ordinal() + 1, next);
  batch.put(Family::meta, next_ordinal_key(shard), next);
  std::string count;
  cluster::put_le(devices_of(key.app) + 1, count);
  batch.put(Family::meta, device_count_key(key.app), count);
  batch.then([this, shard, app = key.app] {
    ++next_ordinal_[shard];
    ++count_by_app_[app.value];
  });
  return row;
}

void Registry::write(const Key& key, const internal::DeviceRow& row, Store::Batch& batch) const {
  batch.put(Family::devices, device_key(key.app, key.device), row.SerializeAsString());
}

}  // namespace tocsin::storage
