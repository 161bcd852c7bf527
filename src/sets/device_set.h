// DeviceSet: a set of devices: one OrdinalSet per partition that has any.
//
// Thread: one owner.
// Bound: partitions parts.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "sets/ordinal_set.h"

namespace tocsin::sets {

class DeviceSet {
 public:
  struct Part {
    uint32_t partition;
    OrdinalSet set;
  };

  void add(DeviceRef device);
  void remove(DeviceRef device);
  bool contains(DeviceRef device) const;
  void unite(uint32_t partition, const OrdinalSet& set);
  void unite(const DeviceSet& other);
  void subtract(const DeviceSet& other);   // this := this AND NOT other
  void intersect(const DeviceSet& other);  // this := this AND other

  // All devices, in rising order.
  std::vector<DeviceRef> devices() const;

  uint64_t size() const;
  bool empty() const { return size() == 0; }
  uint64_t size_of_difference(const DeviceSet& other) const;  // |this AND NOT other|

  // Take as few bytes of memory as possible.
  void shrink();

  // In rising order of partition.
  const std::vector<Part>& parts() const { return parts_; }

 private:
  const OrdinalSet* find(uint32_t partition) const;
  OrdinalSet& part(uint32_t partition);
  void drop_empty_parts();

  std::vector<Part> parts_;
};

}  // namespace tocsin::sets
