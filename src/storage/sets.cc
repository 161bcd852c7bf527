#include "storage/sets.h"

#include "base/hex.h"
#include "runtime/log.h"
#include "storage/keys.h"

namespace tocsin::storage {
namespace {

absl::Status not_a_set(std::string_view key) {
  return absl::DataLossError(fmt::format("row {} of `sets` is not a set", to_hex(as_bytes(key))));
}

}  // namespace

void change_set(Store::Batch& batch, std::string_view prefix, uint32_t shard,
                const SetDelta& delta) {
  batch.merge(Family::sets, set_key(prefix, shard), delta.serialize());
}

void add_to_set(Store::Batch& batch, std::string_view prefix, DeviceRef device) {
  SetDelta delta;
  delta.add.add(device.ordinal);
  change_set(batch, prefix, device.shard, delta);
}

void remove_from_set(Store::Batch& batch, std::string_view prefix, DeviceRef device) {
  SetDelta delta;
  delta.remove.add(device.ordinal);
  change_set(batch, prefix, device.shard, delta);
}

void put_set(Store::Batch& batch, std::string_view prefix, const ShardedSet& set) {
  for (const ShardedSet::Part& part : set.parts()) {
    if (!part.set.empty()) {
      batch.put(Family::sets, set_key(prefix, part.shard), part.set.serialize());
    }
  }
}

absl::StatusOr<ShardedSet> read_set(const Store& store, std::string_view prefix) {
  ShardedSet set;
  const auto rows = store.rows(Family::sets, prefix);
  for (; rows->valid(); rows->next()) {
    if (rows->key().size() != prefix.size() + set_shard_bytes) continue;
    const auto part = OrdinalSet::parse(rows->value());
    if (!part) return not_a_set(rows->key());
    set.unite(shard_of_set_key(rows->key()), *part);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return set;
}

absl::StatusOr<ShardedSet> not_in_set(const Store& store, std::string_view prefix,
                                      const ShardedSet& devices) {
  ShardedSet found;
  for (const ShardedSet::Part& part : devices.parts()) {
    const std::string key = set_key(prefix, part.shard);
    const auto row = store.get(Family::sets, key);
    if (!row.ok()) return row.status();
    if (!row->has_value()) continue;
    const auto set = OrdinalSet::parse(**row);
    if (!set) return not_a_set(key);
    found.unite(part.shard, *set);
  }
  ShardedSet others = devices;
  others.subtract(found);
  return others;
}

absl::StatusOr<ShardedSet> read_part(const Store& store, std::string_view prefix,
                                     const ShardedSet& within) {
  ShardedSet set;
  for (const ShardedSet::Part& part : within.parts()) {
    const std::string key = set_key(prefix, part.shard);
    const auto row = store.get(Family::sets, key);
    if (!row.ok()) return row.status();
    if (!row->has_value()) continue;
    auto stored = OrdinalSet::parse(**row);
    if (!stored) return not_a_set(key);
    stored->intersect(part.set);
    set.unite(part.shard, *stored);
  }
  return set;
}

absl::StatusOr<bool> set_contains(const Store& store, std::string_view prefix, DeviceRef device) {
  const std::string key = set_key(prefix, device.shard);
  const auto row = store.get(Family::sets, key);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return false;
  const auto set = OrdinalSet::parse(**row);
  if (!set) return not_a_set(key);
  return set->contains(device.ordinal);
}

}  // namespace tocsin::storage
