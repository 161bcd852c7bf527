#include "storage/store/set_changes.h"

#include "storage/store/keys.h"

namespace tocsin::storage {
void change_set(Batch& batch, std::string_view prefix, uint32_t partition,
                const sets::SetDelta& delta) {
  batch.merge(Family::sets, set_key(prefix, partition), delta.serialize());
}

void add_to_set(Batch& batch, std::string_view prefix, const sets::DeviceSet& devices) {
  for (const sets::DeviceSet::Part& part : devices.parts()) {
    if (!part.set.empty()) change_set(batch, prefix, part.partition, {part.set, {}});
  }
}

void add_to_set(Batch& batch, std::string_view prefix, DeviceRef device) {
  sets::SetDelta delta;
  delta.add.add(device.ordinal);
  change_set(batch, prefix, device.partition, delta);
}

void remove_from_set(Batch& batch, std::string_view prefix, DeviceRef device) {
  sets::SetDelta delta;
  delta.remove.add(device.ordinal);
  change_set(batch, prefix, device.partition, delta);
}

void put_set(Batch& batch, std::string_view prefix, const sets::DeviceSet& set) {
  for (const sets::DeviceSet::Part& part : set.parts()) {
    if (!part.set.empty()) {
      batch.put(Family::sets, set_key(prefix, part.partition), part.set.serialize());
    }
  }
}

}  // namespace tocsin::storage
