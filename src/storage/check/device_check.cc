#include "storage/check/device_check.h"

#include <fmt/format.h>

namespace tocsin::storage {
namespace {

constexpr size_t device_key_bytes = 4 + 16;

class DeviceCheck {
 public:
  DeviceCheck(StoreUnderCheck& checked, DerivedSets& derived)
      : checked_(checked), derived_(derived) {}

  void check_row(std::string_view key, std::string_view value);
  void check_counts();

 private:
  void wrong(std::string_view key, std::string_view what) {
    checked_.finding(Family::devices, key, what);
  }

  StoreUnderCheck& checked_;
  DerivedSets& derived_;
  std::array<sets::OrdinalSet, limits::partitions> taken_;
  std::map<uint32_t, uint64_t> counts_;
};

void DeviceCheck::check_row(std::string_view key, std::string_view value) {
  internal::DeviceRow row;
  if (key.size() != device_key_bytes ||
      !row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return wrong(key, "is not a device");
  }
  const auto id = DeviceId::from_bytes(as_bytes(key.substr(4)));
  if (!id || key != device_key(AppId{row.app_id()}, *id)) {
    return wrong(key, fmt::format("says it is a device of app number {}", row.app_id()));
  }
  if (!checked_.known.apps.contains(row.app_id())) {
    wrong(key, fmt::format("belongs to app number {}, which does not exist", row.app_id()));
  }
  const DeviceRef place{partition_of(*id), row.ordinal()};
  if (!checked_.known.is_assigned(place)) {
    wrong(key, fmt::format("has ordinal {}, but the next one to be given in partition {} is {}",
                           place.ordinal, place.partition,
                           checked_.known.next_ordinals[place.partition]));
  }
  if (taken_[place.partition].contains(place.ordinal)) {
    wrong(key, fmt::format("has ordinal {} of partition {}, which another device has, too",
                           place.ordinal, place.partition));
  }
  taken_[place.partition].add(place.ordinal);
  derived_.add(place, row);
  ++counts_[row.app_id()];
  ++checked_.known.devices;
}

void DeviceCheck::check_counts() {
  for (const auto& [app, count] : checked_.known.device_counts) counts_.try_emplace(app, 0);
  for (const auto& [app, rows] : counts_) {
    const auto found = checked_.known.device_counts.find(app);
    const uint64_t said = found == checked_.known.device_counts.end() ? 0 : found->second;
    if (said == rows) continue;
    checked_.finding(
        Family::meta, device_count_key(AppId{app}),
        fmt::format("app number {} has {} devices by its count and {} rows", app, said, rows));
  }
}

}  // namespace

void check_devices(StoreUnderCheck& checked, DerivedSets& derived) {
  DeviceCheck check(checked, derived);
  checked.each_row(Family::devices, [&](auto key, auto value) { check.check_row(key, value); });
  check.check_counts();
}

}  // namespace tocsin::storage
