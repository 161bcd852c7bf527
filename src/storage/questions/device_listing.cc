#include "storage/questions/device_listing.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"

namespace tocsin::storage {
namespace {

DeviceDetails details_of(const DeviceId& device, const internal::DeviceRow& row) {
  return {.device = device,
          .place = {partition_of(device), row.ordinal()},
          .tags = {row.tags().begin(), row.tags().end()},
          .platform = row.platform(),
          .app_version = row.app_version(),
          .sdk_version = row.sdk_version(),
          .language = row.language(),
          .time_zone = row.time_zone(),
          .alias = row.alias(),
          .region = row.region(),
          .registered_at_ms = row.registered_at_ms()};
}

// Up to `max` places from `from` on, rising.
std::vector<DeviceRef> places_from(const sets::DeviceSet& set, DeviceRef from, size_t max) {
  std::vector<DeviceRef> places;
  std::vector<uint32_t> ordinals(max);
  for (const sets::DeviceSet::Part& part : set.parts()) {
    if (part.partition < from.partition) continue;
    const uint32_t first = part.partition == from.partition ? from.ordinal : 0;
    const size_t read = part.set.read_from(first, ordinals.data(), max - places.size());
    for (size_t i = 0; i < read; ++i) places.push_back({part.partition, ordinals[i]});
    if (places.size() == max) break;
  }
  return places;
}

}  // namespace

absl::StatusOr<std::optional<DeviceDetails>> DeviceListing::find(AppId app, const DeviceId& device,
                                                                 uint64_t now_ms) const {
  const auto row = registry_.row(app, device);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::optional<DeviceDetails>();
  DeviceDetails details = details_of(device, **row);
  const auto day = last_seen_day(app, details.place, now_ms);
  if (!day.ok()) return day.status();
  details.last_seen_day = *day;
  details.connected = online_.contains(details.place);
  return std::optional<DeviceDetails>(std::move(details));
}

absl::StatusOr<DevicePage> DeviceListing::page(AppId app, const sets::DeviceSet& audience,
                                               DeviceRef from, size_t max, uint64_t now_ms) const {
  DevicePage page;
  // One more than asked for tells whether another page follows.
  std::vector<DeviceRef> places = places_from(audience, from, max + 1);
  if (places.size() > max) {
    page.next = places.back();
    places.pop_back();
  }
  for (const DeviceRef place : places) {
    const auto owner = registry_.ordinals().owner(place);
    if (!owner.ok()) return owner.status();
    if (!owner->has_value() || (*owner)->app != app) continue;
    auto details = find(app, (*owner)->device, now_ms);
    if (!details.ok()) return details.status();
    if (details->has_value()) page.devices.push_back(**std::move(details));
  }
  return page;
}

absl::StatusOr<uint32_t> DeviceListing::last_seen_day(AppId app, DeviceRef place,
                                                      uint64_t now_ms) const {
  const uint32_t today = day_of(now_ms);
  for (uint32_t back = 0; back <= std::min(today, limits::audience_windows_days_max); ++back) {
    const auto seen = set_contains(store_, seen_set_prefix(app, today - back), place);
    if (!seen.ok()) return seen.status();
    if (*seen) return today - back;
  }
  return 0;
}

}  // namespace tocsin::storage
