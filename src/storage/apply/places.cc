#include "storage/apply/places.h"

#include <string>

#include "base/fixed_int.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

std::string bytes_of(const Ordinals::Owner& owner) { return device_key(owner.app, owner.device); }

DeviceRef extend(uint32_t partition, Ordinals& ordinals, Batch& batch) {
  const DeviceRef place{partition, ordinals.next(partition)};
  std::string next;
  put_le(place.ordinal + 1, next);
  batch.put(Family::meta, next_ordinal_key(partition), next);
  batch.then([&ordinals, partition] { ordinals.extended(partition); });
  return place;
}

}  // namespace

absl::StatusOr<DeviceRef> assign_place(const Ordinals::Owner& owner, uint64_t log_time_ms,
                                       Ordinals& ordinals, Batch& batch) {
  const uint32_t partition = partition_of(owner.device);
  const auto free = ordinals.reusable(partition, log_time_ms);
  if (!free.ok()) return free.status();
  DeviceRef place;
  if (free->has_value()) {
    place = (*free)->place;
    batch.remove(Family::meta, free_ordinal_key(**free));
    batch.then([&ordinals, place] { ordinals.taken(place); });
  } else {
    place = extend(partition, ordinals, batch);
  }
  batch.put(Family::ordinals, ordinal_key(place), bytes_of(owner));
  return place;
}

void release_place(DeviceRef place, uint64_t log_time_ms, Ordinals& ordinals, Batch& batch) {
  batch.remove(Family::ordinals, ordinal_key(place));
  batch.put(Family::meta, free_ordinal_key({place, ordinal_free_after_ms(log_time_ms)}), "");
  batch.then([&ordinals, place] { ordinals.freed(place); });
}

}  // namespace tocsin::storage
