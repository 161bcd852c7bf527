#include "storage/apply/audience_records.h"

#include <string>
#include <vector>

#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/store/sets.h"

namespace tocsin::storage {
namespace {

using Ids = google::protobuf::RepeatedPtrField<std::string>;

absl::StatusOr<sets::DeviceSet> places_of(const Ids& ids, AppId app, const Registry& registry) {
  std::vector<Registry::Key> keys;
  keys.reserve(static_cast<size_t>(ids.size()));
  for (const std::string& bytes : ids) {
    const auto id = DeviceId::from_bytes(as_bytes(bytes));
    if (!id) return absl::InvalidArgumentError("a device id that is not 16 bytes");
    keys.push_back({app, *id});
  }
  sets::DeviceSet places;
  for (const auto& device : registry.find_all(keys)) {
    if (!device.ok()) return device.status();
    if (device->has_value()) places.add((*device)->ref);
  }
  return places;
}

absl::Status remove_audience(AppId app, const std::string& name, const Store& store, Batch& batch) {
  const std::string prefix = uploaded_set_prefix(app, name);
  const auto held = read_set(store, prefix);
  if (!held.ok()) return held.status();
  for (const sets::DeviceSet::Part& part : held->parts()) {
    change_set(batch, prefix, part.partition, {{}, part.set});
  }
  batch.remove(Family::meta, uploaded_row_key(app, name));
  return absl::OkStatus();
}

}  // namespace

absl::Status change_audience(const internal::AudienceChanged& record, const Store& store,
                             const Registry& registry, Batch& batch) {
  const AppId app{record.app_id()};
  const std::string& name = record.name();
  if (app.value == 0 || name.empty() || name.size() > limits::audience_name_bytes_max) {
    return absl::InvalidArgumentError("an audience without an app, or whose name has a bad length");
  }
  if (record.removed()) return remove_audience(app, name, store, batch);
  auto add = places_of(record.add(), app, registry);
  if (!add.ok()) return add.status();
  auto remove = places_of(record.remove(), app, registry);
  if (!remove.ok()) return remove.status();
  const std::string prefix = uploaded_set_prefix(app, name);
  if (record.clear()) {
    const auto held = read_set(store, prefix);
    if (!held.ok()) return held.status();
    remove->unite(*held);
  }
  for (const sets::DeviceSet::Part& part : remove->parts()) {
    change_set(batch, prefix, part.partition, {{}, part.set});
  }
  for (const sets::DeviceSet::Part& part : add->parts()) {
    change_set(batch, prefix, part.partition, {part.set, {}});
  }
  batch.put(Family::meta, uploaded_row_key(app, name), "");
  return absl::OkStatus();
}

}  // namespace tocsin::storage
