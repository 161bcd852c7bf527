#include "storage/tables/ordinals.h"

#include "base/fixed_int.h"

namespace tocsin::storage {
namespace {

constexpr size_t owner_bytes = 4 + 16;

}  // namespace

absl::Status Ordinals::load() {
  const auto next = store_.rows(Family::meta, std::string(1, next_ordinals));
  for (; next->valid(); next->next()) {
    const uint32_t partition = partition_of_set_key(next->key());
    if (partition >= limits::partitions || next->value().size() != 4) {
      return absl::DataLossError("a row of `meta` is not a next ordinal");
    }
    next_[partition] = get_le<uint32_t>(next->value());
  }
  if (auto status = next->status(); !status.ok()) return status;
  const auto free = store_.rows(Family::meta, std::string(1, free_ordinals));
  for (; free->valid(); free->next()) {
    const auto one = free_ordinal_of_key(free->key());
    if (!one) return absl::DataLossError("a row of `meta` is not a free ordinal");
    free_.add(one->place);
  }
  return free->status();
}

bool Ordinals::is_assigned(DeviceRef place) const {
  return place.partition < limits::partitions && place.ordinal < next_[place.partition] &&
         !free_.contains(place);
}

uint64_t Ordinals::assigned() const {
  uint64_t total = 0;
  for (const uint32_t next : next_) total += next;
  return total - free_.size();
}

absl::StatusOr<std::optional<Ordinals::Owner>> Ordinals::owner(DeviceRef place) const {
  const auto row = store_.get(Family::ordinals, ordinal_key(place));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::optional<Owner>();
  const auto device = (*row)->size() == owner_bytes
                          ? DeviceId::from_bytes(as_bytes(**row).subspan(4))
                          : std::nullopt;
  if (!device) return absl::DataLossError("a row of `ordinals` cannot be read");
  return std::optional<Owner>({AppId{get_be<uint32_t>(**row)}, *device});
}

// The rows are in the order of their time, so the first is the one that is free soonest.
absl::StatusOr<std::optional<FreeOrdinal>> Ordinals::reusable(uint32_t partition,
                                                              uint64_t log_time_ms) const {
  if (free_.empty()) return std::optional<FreeOrdinal>();
  const auto rows = store_.rows(Family::meta, free_ordinals_prefix(partition));
  if (!rows->valid()) {
    if (auto status = rows->status(); !status.ok()) return status;
    return std::optional<FreeOrdinal>();
  }
  const auto first = free_ordinal_of_key(rows->key());
  if (!first) return absl::DataLossError("a row of `meta` is not a free ordinal");
  return first->free_after_ms <= log_time_ms ? first : std::nullopt;
}

}  // namespace tocsin::storage
