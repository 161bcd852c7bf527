#include "storage/sessions/seen_gatherer.h"

#include <utility>

#include "base/limits.h"
#include "storage/store/expiry.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

void SeenGatherer::add(AppId app, DeviceRef device, uint64_t wall_ms) {
  if (const uint32_t day = day_of(wall_ms); day != day_) {
    day_ = day;
    today_.clear();
    waiting_.clear();
    taken_.clear();
  }
  sets::DeviceSet& seen = today_[app.value];
  if (seen.contains(device)) return;
  seen.add(device);
  waiting_[app.value].add(device);
}

std::optional<std::string> SeenGatherer::take() {
  if (waiting_.empty() || !taken_.empty()) return std::nullopt;
  internal::Record record;
  internal::DevicesSeen& seen = *record.mutable_devices_seen();
  seen.set_day(day_);
  size_t room = limits::seen_batch_max;
  for (auto& [app, devices] : waiting_) {
    internal::DevicesSeen::App* entry = nullptr;
    internal::MessagesDelivered::PartitionOrdinals* partition = nullptr;
    for (const DeviceRef device : devices.devices()) {
      if (room == 0) break;
      --room;
      if (entry == nullptr) {
        entry = seen.add_apps();
        entry->set_app_id(app);
      }
      if (partition == nullptr || partition->partition() != device.partition) {
        partition = entry->add_seen();
        partition->set_partition(device.partition);
      }
      partition->add_ordinals(device.ordinal);
      taken_[app].add(device);
    }
  }
  for (const auto& [app, devices] : taken_) waiting_[app].subtract(devices);
  std::erase_if(waiting_, [](const auto& entry) { return entry.second.empty(); });
  return record.SerializeAsString();
}

void SeenGatherer::settle(bool logged) {
  if (!logged) {
    for (const auto& [app, devices] : taken_) waiting_[app].unite(devices);
  }
  taken_.clear();
}

}  // namespace tocsin::storage
