#include "storage/sharded_set.h"

#include <algorithm>

namespace tocsin::storage {
namespace {

bool is_before(const ShardedSet::Part& part, uint32_t shard) { return part.shard < shard; }

}  // namespace

void ShardedSet::add(DeviceRef device) { part(device.shard).add(device.ordinal); }

void ShardedSet::remove(DeviceRef device) {
  const auto at = std::lower_bound(parts_.begin(), parts_.end(), device.shard, is_before);
  if (at != parts_.end() && at->shard == device.shard) at->set.remove(device.ordinal);
}

bool ShardedSet::contains(DeviceRef device) const {
  const OrdinalSet* set = find(device.shard);
  return set != nullptr && set->contains(device.ordinal);
}

void ShardedSet::unite(uint32_t shard, const OrdinalSet& set) {
  if (!set.empty()) part(shard).unite(set);
}

void ShardedSet::unite(const ShardedSet& other) {
  for (const Part& theirs : other.parts_) unite(theirs.shard, theirs.set);
}

void ShardedSet::subtract(const ShardedSet& other) {
  for (Part& part : parts_) {
    if (const OrdinalSet* theirs = other.find(part.shard)) part.set.subtract(*theirs);
  }
  drop_empty_parts();
}

void ShardedSet::intersect(const ShardedSet& other) {
  const OrdinalSet nothing;
  for (Part& part : parts_) {
    const OrdinalSet* theirs = other.find(part.shard);
    part.set.intersect(theirs == nullptr ? nothing : *theirs);
  }
  drop_empty_parts();
}

std::vector<DeviceRef> ShardedSet::devices() const {
  std::vector<DeviceRef> all;
  for (const Part& part : parts_) {
    std::vector<uint32_t> ordinals(part.set.size());
    part.set.read_from(0, ordinals.data(), ordinals.size());
    for (const uint32_t ordinal : ordinals) all.push_back({part.shard, ordinal});
  }
  return all;
}

uint64_t ShardedSet::size() const {
  uint64_t total = 0;
  for (const Part& part : parts_) total += part.set.size();
  return total;
}

uint64_t ShardedSet::size_of_difference(const ShardedSet& other) const {
  uint64_t total = 0;
  for (const Part& part : parts_) {
    const OrdinalSet* theirs = other.find(part.shard);
    total += theirs == nullptr ? part.set.size() : part.set.size_of_difference(*theirs);
  }
  return total;
}

void ShardedSet::shrink() {
  for (Part& part : parts_) part.set.shrink();
}

void ShardedSet::drop_empty_parts() {
  std::erase_if(parts_, [](const Part& part) { return part.set.empty(); });
}

const OrdinalSet* ShardedSet::find(uint32_t shard) const {
  const auto at = std::lower_bound(parts_.begin(), parts_.end(), shard, is_before);
  return at != parts_.end() && at->shard == shard ? &at->set : nullptr;
}

OrdinalSet& ShardedSet::part(uint32_t shard) {
  auto at = std::lower_bound(parts_.begin(), parts_.end(), shard, is_before);
  if (at == parts_.end() || at->shard != shard) at = parts_.insert(at, {shard, {}});
  return at->set;
}

}  // namespace tocsin::storage
