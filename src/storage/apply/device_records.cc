#include "storage/apply/device_records.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/fixed_int.h"
#include "storage/apply/device_edit.h"
#include "storage/apply/places.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/store/sets.h"

namespace tocsin::storage {
namespace {

std::optional<DeviceId> device_id_of(const std::string& bytes) {
  return DeviceId::from_bytes(as_bytes(bytes));
}

absl::Status not_a_device() {
  return absl::InvalidArgumentError("device without an app, or an id that is not 16 bytes");
}

// Registering again without one is not a wish to lose it.
void set_given(const internal::DeviceRegistered& record, DeviceEdit& edit) {
  const std::pair<Attribute, const std::string&> given[] = {
      {Attribute::platform, record.platform()},
      {Attribute::app_version, record.app_version()},
      {Attribute::sdk_version, record.sdk_version()},
      {Attribute::language, record.language()},
      {Attribute::time_zone, record.time_zone()},
      {Attribute::alias, record.alias()},
      {Attribute::region, record.region()}};
  for (const auto& [attribute, value] : given) {
    if (!value.empty()) edit.set(attribute, value);
  }
}

void set_present(const internal::DeviceChanged& record, DeviceEdit& edit) {
  if (record.has_platform()) edit.set(Attribute::platform, record.platform());
  if (record.has_app_version()) edit.set(Attribute::app_version, record.app_version());
  if (record.has_sdk_version()) edit.set(Attribute::sdk_version, record.sdk_version());
  if (record.has_language()) edit.set(Attribute::language, record.language());
  if (record.has_time_zone()) edit.set(Attribute::time_zone, record.time_zone());
  if (record.has_alias()) edit.set(Attribute::alias, record.alias());
  if (record.has_region()) edit.set(Attribute::region, record.region());
}

void count(AppId app, int64_t change, Registry& registry, Batch& batch) {
  const uint64_t now = registry.devices_of(app) + static_cast<uint64_t>(change);
  std::string bytes;
  put_le(now, bytes);
  batch.put(Family::meta, device_count_key(app), bytes);
  batch.then([&registry, app, now] { registry.set_devices_of(app, now); });
}

void write(const Registry::Key& key, const internal::DeviceRow& row, Batch& batch) {
  batch.put(Family::devices, device_key(key.app, key.device), row.SerializeAsString());
}

absl::StatusOr<internal::DeviceRow> assign(const Registry::Key& key, uint64_t log_time_ms,
                                           Registry& registry, Batch& batch) {
  const auto place = assign_place({key.app, key.device}, log_time_ms, registry.ordinals(), batch);
  if (!place.ok()) return place.status();
  internal::DeviceRow row;
  row.set_app_id(key.app.value);
  row.set_ordinal(place->ordinal);
  row.set_assigned_at_ms(log_time_ms);
  add_to_set(batch, app_set_prefix(key.app), *place);
  count(key.app, 1, registry, batch);
  return row;
}

// The sets that a device's row does not tell of: the days it was seen, and uploaded audiences.
absl::Status leave_named_sets(AppId app, DeviceRef place, uint64_t log_time_ms, const Store& store,
                              Batch& batch) {
  std::vector<std::string> prefixes;
  const uint32_t today = day_of(log_time_ms);
  for (uint32_t back = 0; back <= std::min(today, limits::audience_windows_days_max + 1); ++back) {
    prefixes.push_back(seen_set_prefix(app, today + 1 - back));
  }
  // The row that says an audience exists has the prefix of its sets for a key.
  for (const auto rows = store.rows(Family::meta, uploaded_prefix(app)); rows->valid();
       rows->next()) {
    prefixes.emplace_back(rows->key());
  }
  for (const std::string& prefix : prefixes) {
    const auto is_in = set_contains(store, prefix, place);
    if (!is_in.ok()) return is_in.status();
    if (*is_in) remove_from_set(batch, prefix, place);
  }
  return absl::OkStatus();
}

// Its place; nullopt when it is unknown.
absl::StatusOr<std::optional<DeviceRef>> erase(const Registry::Key& key, uint64_t log_time_ms,
                                               const Store& store, Registry& registry,
                                               Batch& batch) {
  const auto& [app, device] = key;
  auto known = registry.row(app, device);
  if (!known.ok()) return known.status();
  if (!known->has_value()) return std::optional<DeviceRef>();
  const DeviceRef place = place_of(device, **known);
  DeviceEdit edit(app, place, **std::move(known), batch);
  edit.leave_all_sets();
  if (auto status = leave_named_sets(app, place, log_time_ms, store, batch); !status.ok())
    return status;
  batch.remove(Family::devices, device_key(app, device));
  release_place(place, log_time_ms, registry.ordinals(), batch);
  return std::optional<DeviceRef>(place);
}

absl::StatusOr<std::vector<DeviceId>> named(const internal::DevicesDeleted& record,
                                            const Store& store, const Registry& registry) {
  std::set<DeviceId> ids;  // each once
  for (const std::string& bytes : record.devices().ids()) {
    const auto id = device_id_of(bytes);
    if (!id) return not_a_device();
    ids.insert(*id);
  }
  if (record.which_case() == internal::DevicesDeleted::kAlias) {
    if (record.alias().empty() || record.alias().size() > limits::alias_bytes_max) {
      return absl::InvalidArgumentError("an alias that is empty or too long");
    }
    const auto places = read_set(
        store, attribute_set_prefix(AppId{record.app_id()}, Attribute::alias, record.alias()));
    if (!places.ok()) return places.status();
    for (const DeviceRef place : places->devices()) {
      const auto owner = registry.ordinals().owner(place);
      if (!owner.ok()) return owner.status();
      if (owner->has_value()) ids.insert((*owner)->device);
    }
  }
  return std::vector<DeviceId>(ids.begin(), ids.end());
}

}  // namespace

absl::StatusOr<std::optional<Device>> register_device(const internal::DeviceRegistered& record,
                                                      Registry& registry, Batch& batch) {
  const auto id = device_id_of(record.device_id());
  if (!id || record.app_id() == 0) return not_a_device();
  const Registry::Key key{AppId{record.app_id()}, *id};
  auto known = registry.row(key.app, key.device);
  if (!known.ok()) return known.status();
  internal::DeviceRow held;
  if (known->has_value()) {
    held = **std::move(known);
  } else {
    auto fresh = assign(key, record.registered_at_ms(), registry, batch);
    if (!fresh.ok()) return fresh.status();
    held = *std::move(fresh);
  }
  held.set_registered_at_ms(record.registered_at_ms());
  const DeviceRef place = place_of(*id, held);
  DeviceEdit edit(key.app, place, std::move(held), batch);
  set_given(record, edit);
  edit.add_tags(record.tags());
  write(key, edit.row(), batch);
  if (!edit.tags_changed()) return std::optional<Device>();
  return std::optional<Device>(device_of(*id, edit.row()));
}

absl::StatusOr<std::optional<Device>> change_device(const internal::DeviceChanged& record,
                                                    const Registry& registry, Batch& batch) {
  const auto id = device_id_of(record.device_id());
  if (!id || record.app_id() == 0) return not_a_device();
  const Registry::Key key{AppId{record.app_id()}, *id};
  auto known = registry.row(key.app, key.device);
  if (!known.ok()) return known.status();
  if (!known->has_value()) return std::optional<Device>();
  const DeviceRef place = place_of(*id, **known);
  DeviceEdit edit(key.app, place, **std::move(known), batch);
  edit.remove_tags(record.remove());
  edit.add_tags(record.add());
  set_present(record, edit);
  if (edit.changed()) write(key, edit.row(), batch);
  if (!edit.tags_changed() && record.remove().empty()) return std::optional<Device>();
  return std::optional<Device>(device_of(*id, edit.row()));
}

absl::StatusOr<std::vector<DeviceRef>> delete_devices(const internal::DevicesDeleted& record,
                                                      uint64_t log_time_ms, const Store& store,
                                                      Registry& registry, Batch& batch) {
  if (record.app_id() == 0) return not_a_device();
  const auto ids = named(record, store, registry);
  if (!ids.ok()) return ids.status();
  std::vector<DeviceRef> places;
  for (const DeviceId& id : *ids) {
    const auto place = erase({AppId{record.app_id()}, id}, log_time_ms, store, registry, batch);
    if (!place.ok()) return place.status();
    if (place->has_value()) places.push_back(**place);
  }
  if (!places.empty()) {
    count(AppId{record.app_id()}, -static_cast<int64_t>(places.size()), registry, batch);
  }
  return places;
}

}  // namespace tocsin::storage
