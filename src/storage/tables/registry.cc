#include "storage/tables/registry.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/fixed_int.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"
#include "storage/tables/device_edit.h"

namespace tocsin::storage {
namespace {

std::optional<DeviceId> device_id_of(const std::string& bytes) {
  return DeviceId::from_bytes(as_bytes(bytes));
}

absl::Status not_a_device() {
  return absl::InvalidArgumentError("device without an app, or an id that is not 16 bytes");
}

// As many rows as are held in memory at once by who looks up more.
constexpr size_t lookups_at_once = 64;

absl::Status unreadable_row(const DeviceId& device) {
  return absl::DataLossError("row of device " + device.text() + " cannot be read");
}

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

}  // namespace

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

absl::StatusOr<std::optional<Device>> Registry::apply(const internal::DeviceRegistered& record,
                                                      Store::Batch& batch) {
  const auto id = device_id_of(record.device_id());
  if (!id || record.app_id() == 0) return not_a_device();
  const Key key{AppId{record.app_id()}, *id};
  auto known = row(key.app, key.device);
  if (!known.ok()) return known.status();
  internal::DeviceRow held;
  if (known->has_value()) {
    held = **std::move(known);
  } else {
    auto fresh = assign(key, record.registered_at_ms(), batch);
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

absl::StatusOr<std::optional<Device>> Registry::apply(const internal::DeviceChanged& record,
                                                      Store::Batch& batch) {
  const auto id = device_id_of(record.device_id());
  if (!id || record.app_id() == 0) return not_a_device();
  const Key key{AppId{record.app_id()}, *id};
  auto known = row(key.app, key.device);
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

absl::StatusOr<std::vector<DeviceRef>> Registry::apply(const internal::DevicesDeleted& record,
                                                       uint64_t log_time_ms, Store::Batch& batch) {
  if (record.app_id() == 0) return not_a_device();
  const auto ids = named(record);
  if (!ids.ok()) return ids.status();
  std::vector<DeviceRef> places;
  for (const DeviceId& id : *ids) {
    const auto place = erase({AppId{record.app_id()}, id}, log_time_ms, batch);
    if (!place.ok()) return place.status();
    if (place->has_value()) places.push_back(**place);
  }
  if (!places.empty()) {
    count(AppId{record.app_id()}, -static_cast<int64_t>(places.size()), batch);
  }
  return places;
}

absl::StatusOr<std::optional<DeviceRef>> Registry::erase(const Key& key, uint64_t log_time_ms,
                                                         Store::Batch& batch) {
  const auto& [app, device] = key;
  auto known = row(app, device);
  if (!known.ok()) return known.status();
  if (!known->has_value()) return std::optional<DeviceRef>();
  const DeviceRef place = place_of(device, **known);
  DeviceEdit edit(app, place, **std::move(known), batch);
  edit.leave_all_sets();
  if (auto status = leave_named_sets(app, place, log_time_ms, batch); !status.ok()) return status;
  batch.remove(Family::devices, device_key(app, device));
  ordinals_.release(place, log_time_ms, batch);
  return std::optional<DeviceRef>(place);
}

// The sets that a device's row does not tell of: the days it was seen, and uploaded audiences.
absl::Status Registry::leave_named_sets(AppId app, DeviceRef place, uint64_t log_time_ms,
                                        Store::Batch& batch) const {
  std::vector<std::string> prefixes;
  const uint32_t today = day_of(log_time_ms);
  for (uint32_t back = 0; back <= std::min(today, limits::audience_windows_days_max + 1); ++back) {
    prefixes.push_back(seen_set_prefix(app, today + 1 - back));
  }
  // The row that says an audience exists has the prefix of its sets for a key.
  for (const auto rows = store_.rows(Family::meta, uploaded_prefix(app)); rows->valid();
       rows->next()) {
    prefixes.emplace_back(rows->key());
  }
  for (const std::string& prefix : prefixes) {
    const auto is_in = set_contains(store_, prefix, place);
    if (!is_in.ok()) return is_in.status();
    if (*is_in) remove_from_set(batch, prefix, place);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<DeviceId>> Registry::named(
    const internal::DevicesDeleted& record) const {
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
        store_, attribute_set_prefix(AppId{record.app_id()}, Attribute::alias, record.alias()));
    if (!places.ok()) return places.status();
    for (const DeviceRef place : places->devices()) {
      const auto owner = ordinals_.owner(place);
      if (!owner.ok()) return owner.status();
      if (owner->has_value()) ids.insert((*owner)->device);
    }
  }
  return std::vector<DeviceId>(ids.begin(), ids.end());
}

absl::StatusOr<internal::DeviceRow> Registry::assign(const Key& key, uint64_t log_time_ms,
                                                     Store::Batch& batch) {
  const auto place = ordinals_.assign({key.app, key.device}, log_time_ms, batch);
  if (!place.ok()) return place.status();
  internal::DeviceRow row;
  row.set_app_id(key.app.value);
  row.set_ordinal(place->ordinal);
  row.set_assigned_at_ms(log_time_ms);
  add_to_set(batch, app_set_prefix(key.app), *place);
  count(key.app, 1, batch);
  return row;
}

void Registry::count(AppId app, int64_t change, Store::Batch& batch) {
  const uint64_t now = devices_of(app) + static_cast<uint64_t>(change);
  std::string bytes;
  put_le(now, bytes);
  batch.put(Family::meta, device_count_key(app), bytes);
  batch.then([this, app, now] { count_by_app_[app.value] = now; });
}

void Registry::write(const Key& key, const internal::DeviceRow& row, Store::Batch& batch) const {
  batch.put(Family::devices, device_key(key.app, key.device), row.SerializeAsString());
}

}  // namespace tocsin::storage
