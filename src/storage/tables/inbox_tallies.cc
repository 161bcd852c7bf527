#include "storage/tables/inbox_tallies.h"

#include <algorithm>
#include <numeric>

#include "base/limits.h"

namespace tocsin::storage {
namespace {

uint64_t number_of(DeviceRef device) { return uint64_t{device.partition} << 32 | device.ordinal; }

}  // namespace

size_t InboxTally::waiting() const {
  return std::accumulate(waiting_.begin(), waiting_.end(), size_t{0});
}

uint8_t InboxTally::lowest_lane() const {
  const auto found =
      std::find_if(waiting_.rbegin(), waiting_.rend(), [](uint16_t n) { return n > 0; });
  return static_cast<uint8_t>(waiting_.rend() - found - 1);
}

void InboxTally::add(MessageOrder order, uint64_t expires_at_ms, uint64_t log_time_ms) {
  if (expires_at_ms <= log_time_ms) expired_ms_ = std::max(expired_ms_, expires_at_ms);
  if (expires_at_ms <= expired_ms_) return;
  floors_[order.lane] = std::min(floors_[order.lane], order.message);
  ++waiting_[order.lane];
  next_expiry_ms_ = std::min(next_expiry_ms_, expires_at_ms);
}

void InboxTally::remove(MessageOrder order, uint64_t expires_at_ms) {
  if (expires_at_ms <= expired_ms_) return;
  --waiting_[order.lane];
  if (floors_[order.lane] == order.message) ++floors_[order.lane].value;
}

InboxTally* InboxTallies::find(DeviceRef device) {
  const auto found = tallies_.find(number_of(device));
  return found == tallies_.end() ? nullptr : &found->second;
}

void InboxTallies::keep(DeviceRef device, const InboxTally& tally) {
  if (tallies_.size() >= limits::inbox_tallies_max) tallies_.clear();
  tallies_.insert_or_assign(number_of(device), tally);
}

}  // namespace tocsin::storage
