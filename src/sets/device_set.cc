#include "sets/device_set.h"

#include <algorithm>

namespace tocsin::sets {
namespace {

bool is_before(const DeviceSet::Part& part, uint32_t partition) {
  return part.partition < partition;
}

}  // namespace

void DeviceSet::add(DeviceRef device) { part(device.partition).add(device.ordinal); }

void DeviceSet::remove(DeviceRef device) {
  const auto at = std::lower_bound(parts_.begin(), parts_.end(), device.partition, is_before);
  if (at != parts_.end() && at->partition == device.partition) at->set.remove(device.ordinal);
}

bool DeviceSet::contains(DeviceRef device) const {
  const OrdinalSet* set = find(device.partition);
  return set != nullptr && set->contains(device.ordinal);
}

void DeviceSet::unite(uint32_t partition, const OrdinalSet& set) {
  if (!set.empty()) part(partition).unite(set);
}

void DeviceSet::unite(const DeviceSet& other) {
  for (const Part& theirs : other.parts_) unite(theirs.partition, theirs.set);
}

void DeviceSet::subtract(const DeviceSet& other) {
  for (Part& part : parts_) {
    if (const OrdinalSet* theirs = other.find(part.partition)) part.set.subtract(*theirs);
  }
  drop_empty_parts();
}

void DeviceSet::intersect(const DeviceSet& other) {
  const OrdinalSet nothing;
  for (Part& part : parts_) {
    const OrdinalSet* theirs = other.find(part.partition);
    part.set.intersect(theirs == nullptr ? nothing : *theirs);
  }
  drop_empty_parts();
}

std::vector<DeviceRef> DeviceSet::devices() const {
  std::vector<DeviceRef> all;
  for (const Part& part : parts_) {
    std::vector<uint32_t> ordinals(part.set.size());
    part.set.read_from(0, ordinals.data(), ordinals.size());
    for (const uint32_t ordinal : ordinals) all.push_back({part.partition, ordinal});
  }
  return all;
}

uint64_t DeviceSet::size() const {
  uint64_t total = 0;
  for (const Part& part : parts_) total += part.set.size();
  return total;
}

uint64_t DeviceSet::size_of_difference(const DeviceSet& other) const {
  uint64_t total = 0;
  for (const Part& part : parts_) {
    const OrdinalSet* theirs = other.find(part.partition);
    total += theirs == nullptr ? part.set.size() : part.set.size_of_difference(*theirs);
  }
  return total;
}

void DeviceSet::shrink() {
  for (Part& part : parts_) part.set.shrink();
}

void DeviceSet::drop_empty_parts() {
  std::erase_if(parts_, [](const Part& part) { return part.set.empty(); });
}

const OrdinalSet* DeviceSet::find(uint32_t partition) const {
  const auto at = std::lower_bound(parts_.begin(), parts_.end(), partition, is_before);
  return at != parts_.end() && at->partition == partition ? &at->set : nullptr;
}

OrdinalSet& DeviceSet::part(uint32_t partition) {
  auto at = std::lower_bound(parts_.begin(), parts_.end(), partition, is_before);
  if (at == parts_.end() || at->partition != partition) at = parts_.insert(at, {partition, {}});
  return at->set;
}

}  // namespace tocsin::sets
