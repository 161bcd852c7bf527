#include "storage/check/ordinal_check.h"

#include <fmt/format.h>

#include "base/fixed_int.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

// Returns whether the row is of a device that has this place.
bool check_ordinal_row(StoreUnderCheck& checked, std::string_view key, std::string_view value) {
  const auto wrong = [&](std::string_view what) {
    checked.finding(Family::ordinals, key, what);
    return false;
  };
  if (key.size() != ordinal_key({}).size()) return wrong("is not a place");
  const auto row = checked.store().get(Family::devices, value);
  if (!row.ok()) return false;  // the pass over `devices` reports it
  internal::DeviceRow device;
  if (!row->has_value() || !device.ParseFromString(**row)) {
    return wrong("belongs to a device that is not stored");
  }
  // A key of `devices`: app u32, then the id, whose first byte is the partition.
  const DeviceRef place{static_cast<uint8_t>(value[4]), device.ordinal()};
  if (key == ordinal_key(place)) return true;
  return wrong(fmt::format("belongs to a device that has ordinal {} of partition {}", place.ordinal,
                           place.partition));
}

}  // namespace

void check_ordinals(StoreUnderCheck& checked) {
  uint64_t owned = 0;
  checked.each_row(Family::ordinals, [&](auto key, auto value) {
    if (check_ordinal_row(checked, key, value)) ++owned;
  });
  if (owned != checked.known.devices) {
    checked.finding(fmt::format("{} devices are stored, and {} places say whose they are",
                                checked.known.devices, owned));
  }
  uint64_t given = 0;
  for (const uint32_t next : checked.known.next_ordinals) given += next;
  const uint64_t accounted = checked.known.devices + checked.known.free_ordinals.size();
  if (given != accounted) {
    checked.finding(
        fmt::format("{} ordinals were given, but devices and free ones are {}", given, accounted));
  }
}

}  // namespace tocsin::storage
