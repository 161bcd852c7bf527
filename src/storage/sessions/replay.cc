#include "storage/sessions/replay.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace tocsin::storage {

absl::StatusOr<cluster::Replay> Replays::begin(const Opened& opened, Now now) {
  drains_.erase(key_of(opened.device));
  Drain drain{opened.session, opened.app, opened.traits, now.applied, {}};
  auto first = batch(opened.device, drain, now);
  if (first.ok() && first->more) drains_.emplace(key_of(opened.device), std::move(drain));
  return first;
}

void Replays::set_traits(DeviceRef device, Traits traits) {
  const auto found = drains_.find(key_of(device));
  if (found != drains_.end()) found->second.traits = traits;
}

void Replays::end(DeviceRef device) { drains_.erase(key_of(device)); }

size_t Replays::in_flight(DeviceRef device) const {
  const auto found = drains_.find(key_of(device));
  return found == drains_.end() ? 0 : found->second.in_flight.size();
}

void Replays::sent(DeviceRef device, const cluster::Envelope& envelope) {
  const auto found = drains_.find(key_of(device));
  TOCSIN_CHECK(found != drains_.end());
  found->second.in_flight.push_back({envelope.message, envelope.expires_at_ms});
}

bool Replays::on_ack(DeviceRef device, MessageId message) {
  const auto found = drains_.find(key_of(device));
  if (found == drains_.end()) return false;
  const size_t erased = std::erase_if(found->second.in_flight,
                                      [&](const Sent& sent) { return sent.message == message; });
  return erased > 0 && has_room(found->second);
}

// Half a window at a time: a batch per ack would read the backlog for every message.
bool Replays::has_room(const Drain& drain) {
  return drain.in_flight.size() <= limits::in_flight_max / 2;
}

absl::StatusOr<cluster::Replay> Replays::next(DeviceRef device, Now now) {
  const auto found = drains_.find(key_of(device));
  TOCSIN_CHECK(found != drains_.end());
  auto replay = batch(device, found->second, now);
  if (replay.ok() && !replay->more) drains_.erase(found);
  return replay;
}

std::vector<DeviceRef> Replays::release_expired(uint64_t now_ms) {
  std::vector<DeviceRef> ready;
  for (auto& [key, drain] : drains_) {
    std::erase_if(drain.in_flight, [&](const Sent& sent) { return sent.expires_at_ms <= now_ms; });
    if (has_room(drain)) {
      ready.push_back({static_cast<uint32_t>(key >> 32), static_cast<uint32_t>(key)});
    }
  }
  return ready;
}

absl::StatusOr<cluster::Replay> Replays::batch(DeviceRef device, Drain& drain, Now now) const {
  const size_t taken = std::min(drain.in_flight.size(), limits::in_flight_max);
  const auto skip = [&](MessageId message) {
    const bool on_its_way = std::any_of(drain.in_flight.begin(), drain.in_flight.end(),
                                        [&](const Sent& sent) { return sent.message == message; });
    return on_its_way || acks_.holds(drain.app, message, device);
  };
  auto part = backlog_.read({device, drain.app, now.wall_ms, drain.alerts_as_of, drain.traits,
                             limits::in_flight_max - taken, skip});
  if (!part.ok()) return part.status();
  for (const auto& envelope : part->envelopes) {
    drain.in_flight.push_back({envelope->message, envelope->expires_at_ms});
  }
  return cluster::Replay{drain.session, std::move(part->envelopes), part->more, now.applied};
}

}  // namespace tocsin::storage
