// ShardedSet: a set of devices: one OrdinalSet per virtual shard that has any.
//
// Thread: one owner.  Bound: virtual_shards parts.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "storage/ordinal_set.h"

namespace tocsin::storage {

class ShardedSet {
 public:
  struct Part {
    uint32_t shard;
    OrdinalSet set;
  };

  void add(DeviceRef device);
  void remove(DeviceRef device);
  bool contains(DeviceRef device) const;
  void unite(uint32_t shard, const OrdinalSet& set);
  void unite(const ShardedSet& other);
  void subtract(const ShardedSet& other);   // this := this AND NOT other
  void intersect(const ShardedSet& other);  // this := this AND other

  // All of them, rising.
  std::vector<DeviceRef> devices() const;

  uint64_t size() const;
  bool empty() const { return size() == 0; }
  uint64_t size_of_difference(const ShardedSet& other) const;  // |this AND NOT other|

  // Fewest bytes of memory.
  void shrink();

  // Rising by shard.
  const std::vector<Part>& parts() const { return parts_; }

 private:
  const OrdinalSet* find(uint32_t shard) const;
  OrdinalSet& part(uint32_t shard);
  void drop_empty_parts();

  std::vector<Part> parts_;
};

}  // namespace tocsin::storage
