#include "storage/tables/inbox_floors.h"

#include "base/limits.h"

namespace tocsin::storage {
namespace {

uint64_t number_of(DeviceRef device) { return uint64_t{device.partition} << 32 | device.ordinal; }

}  // namespace

MessageOrder InboxFloors::of(DeviceRef device) const {
  const auto found = floors_.find(number_of(device));
  return found == floors_.end() ? MessageOrder{} : found->second;
}

void InboxFloors::set(DeviceRef device, MessageOrder floor) {
  if (floors_.size() >= limits::inbox_floors_max) floors_.clear();
  floors_[number_of(device)] = floor;
}

}  // namespace tocsin::storage
