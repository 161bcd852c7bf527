#include "drill/coordinator/turns.h"

#include <algorithm>

namespace tocsin::drill {
namespace {

// The last devices of a worker leave the CPUs idle: let the next one begin before.
constexpr uint32_t nearly_all_percent = 98;

}  // namespace

Turns::Turns(std::vector<uint32_t> devices, uint32_t at_once)
    : at_once_(at_once == 0 ? static_cast<uint32_t>(devices.size()) : at_once) {
  for (const uint32_t count : devices) members_.push_back({count, 0, 0});
}

std::optional<uint32_t> Turns::next(uint64_t now_ms) {
  std::erase_if(connecting_, [&](uint32_t worker) { return is_through(members_[worker], now_ms); });
  if (begun_ == members_.size() || connecting_.size() >= at_once_) return std::nullopt;
  members_[begun_].moved_ms = now_ms;
  connecting_.push_back(begun_);
  return begun_++;
}

void Turns::on_progress(uint32_t worker, uint32_t settled, uint64_t now_ms) {
  Member& member = members_[worker];
  if (settled <= member.settled) return;
  member.settled = settled;
  member.moved_ms = now_ms;
}

bool Turns::is_through(const Member& member, uint64_t now_ms) const {
  const uint64_t nearly_all = (uint64_t{member.devices} * nearly_all_percent + 99) / 100;
  return member.settled >= nearly_all || now_ms >= member.moved_ms + stalled_ms;
}

}  // namespace tocsin::drill
