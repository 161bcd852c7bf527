#include "storage/store/sets.h"

#include "base/hex.h"
#include "runtime/log.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

absl::Status not_a_set(std::string_view key) {
  return absl::DataLossError(fmt::format("row {} of `sets` is not a set", to_hex(as_bytes(key))));
}

}  // namespace

absl::StatusOr<sets::DeviceSet> read_set(const Store& store, std::string_view prefix) {
  sets::DeviceSet set;
  const auto rows = store.rows(Family::sets, prefix);
  for (; rows->valid(); rows->next()) {
    if (rows->key().size() != prefix.size() + partition_bytes) continue;
    const auto part = sets::OrdinalSet::parse(rows->value());
    if (!part) return not_a_set(rows->key());
    set.unite(partition_of_set_key(rows->key()), *part);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return set;
}

absl::StatusOr<sets::DeviceSet> not_in_set(const Store& store, std::string_view prefix,
                                           const sets::DeviceSet& devices) {
  sets::DeviceSet found;
  for (const sets::DeviceSet::Part& part : devices.parts()) {
    const std::string key = set_key(prefix, part.partition);
    const auto row = store.get(Family::sets, key);
    if (!row.ok()) return row.status();
    if (!row->has_value()) continue;
    const auto set = sets::OrdinalSet::parse(**row);
    if (!set) return not_a_set(key);
    found.unite(part.partition, *set);
  }
  sets::DeviceSet others = devices;
  others.subtract(found);
  return others;
}

absl::StatusOr<sets::DeviceSet> read_part(const Store& store, std::string_view prefix,
                                          const sets::DeviceSet& within) {
  sets::DeviceSet set;
  for (const sets::DeviceSet::Part& part : within.parts()) {
    const std::string key = set_key(prefix, part.partition);
    const auto row = store.get(Family::sets, key);
    if (!row.ok()) return row.status();
    if (!row->has_value()) continue;
    auto stored = sets::OrdinalSet::parse(**row);
    if (!stored) return not_a_set(key);
    stored->intersect(part.set);
    set.unite(part.partition, *stored);
  }
  return set;
}

absl::StatusOr<bool> set_contains(const Store& store, std::string_view prefix, DeviceRef device) {
  const std::string key = set_key(prefix, device.partition);
  const auto row = store.get(Family::sets, key);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return false;
  const auto set = sets::OrdinalSet::parse(**row);
  if (!set) return not_a_set(key);
  return set->contains(device.ordinal);
}

}  // namespace tocsin::storage
