#include "storage/sessions/sessions.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/clock.h"
#include "runtime/log.h"
#include "storage/tables/latency_buckets.h"

namespace tocsin::storage {
namespace {

// A store that cannot be read: the device is not answered and comes back.
void say(const absl::Status& status) { runtime::log_error("storage: {}", status.ToString()); }

// The clocks of two machines may differ: no time at all, then.
uint8_t latency_since(uint64_t accepted_at_ms, uint64_t now_ms) {
  const uint64_t latency_ms = now_ms - std::min(now_ms, accepted_at_ms);
  return static_cast<uint8_t>(latency_bucket_of(latency_ms));
}

}  // namespace

Sessions::Sessions(const Parts& parts) : parts_(parts), clocks_looked_at_ms_(wall_ms()) {}

Replays::Now Sessions::now() const { return {parts_.store.state().position, wall_ms()}; }

void Sessions::on_opened(const cluster::SessionsOpened& opened) {
  std::vector<Registry::Key> keys;
  keys.reserve(opened.size());
  for (const cluster::SessionOpened& session : opened) {
    keys.push_back({session.app, session.device});
  }
  auto devices = parts_.registry.find_all(keys);
  for (size_t i = 0; i < opened.size(); ++i) {
    if (!devices[i].ok()) {
      say(devices[i].status());
    } else if (!devices[i]->has_value()) {
      parts_.outbox.revoke(opened[i].session, cluster::SessionRevoked::Why::unknown_device);
    } else {
      open(opened[i], **std::move(devices[i]));
    }
  }
}

void Sessions::open(const cluster::SessionOpened& opened, Device device) {
  const DeviceRef ref = device.ref;
  const Traits traits =
      parts_.names.traits_of(device.time_zone, device.platform, opened.conditions);
  auto replay = parts_.replays.begin({ref, opened.app, opened.session, traits}, now());
  if (!replay.ok()) return say(replay.status());
  if (const auto older = routes_.open(ref, opened.session, traits)) {
    parts_.outbox.revoke(*older, cluster::SessionRevoked::Why::replaced);
  }
  online_.add(ref);
  parts_.seen.add(opened.app, ref, wall_ms());
  parts_.outbox.grant({ref, std::move(device.tags), *std::move(replay)});
}

void Sessions::on_closed(const cluster::SessionsClosed& closed) {
  for (const cluster::SessionClosed& session : closed) {
    if (!routes_.close(session.device, session.session)) continue;
    online_.remove(session.device);
    parts_.replays.end(session.device);
  }
}

void Sessions::on_acknowledged(const cluster::Acknowledged& acknowledged) {
  std::vector<DeviceRef> ready;
  for (const cluster::Acknowledgement& ack : acknowledged) {
    if (!acknowledge(ack)) continue;
    if (parts_.replays.on_ack(ack.device, ack.message)) ready.push_back(ack.device);
  }
  send_next(ready);
}

bool Sessions::acknowledge(const cluster::Acknowledgement& ack) {
  if (!parts_.registry.is_assigned(ack.device)) return false;
  LiveCast* cast = parts_.live_casts.find(ack.app, ack.message);
  if (cast != nullptr && !ack.opened && cast->delivered.contains(ack.device)) return true;
  const auto accepted_at_ms = cast ? cast->envelope->accepted_at_ms : when_accepted(ack);
  if (!accepted_at_ms.ok()) {
    if (!absl::IsNotFound(accepted_at_ms.status())) say(accepted_at_ms.status());
    return false;
  }
  if (!parts_.acks.add({ack.message, ack.app, ack.device, ack.opened,
                        latency_since(*accepted_at_ms, wall_ms())})) {
    if (!std::exchange(full_said_, true)) {
      runtime::log_warning(
          "storage: {} acknowledgements wait for the log; further ones are left to "
          "the devices to repeat",
          limits::acks_waiting_max);
    }
    return false;
  }
  full_said_ = false;
  if (cast != nullptr) parts_.live_casts.mark_delivered(*cast, ack.device);
  return true;
}

// What a device makes up must not fill the log.
absl::StatusOr<uint64_t> Sessions::when_accepted(const cluster::Acknowledgement& ack) const {
  const auto head = parts_.messages.head(ack.app, ack.message);
  if (!head.ok()) return head.status();
  if (!head->has_value()) return absl::NotFoundError("no such message");
  return (*head)->accepted_at_ms;
}

void Sessions::on_applied(const Applied& applied) {
  for (const Applied::ToDevice& accepted : applied.to_devices) send_now(accepted);
  for (const Applied::Tagged& tagged : applied.tags_changed) {
    if (const auto session = routes_.find(tagged.device.ref)) {
      parts_.outbox.tags({*session, tagged.device.tags, tagged.as_of});
    }
  }
  for (const MessageId message : applied.withdrawn) parts_.outbox.withdraw(message);
  const auto is_withdrawn = [&](MessageId message) {
    return std::find(applied.withdrawn.begin(), applied.withdrawn.end(), message) !=
           applied.withdrawn.end();
  };
  for (const Applied::Resolved& resolved : applied.resolved) {
    if (is_withdrawn(resolved.envelope->message)) continue;
    cast(resolved.envelope, resolved.conditions.get(), resolved.targeted);
  }
  for (const DeviceRef device : applied.deleted) forget_deleted(device);
}

void Sessions::cast(const cluster::SharedEnvelope& envelope, const DeliveryConditions* conditions,
                    const sets::DeviceSet& devices) {
  const uint64_t now_ms = wall_ms();
  if (!envelope->is_now_or_never() && now_ms >= envelope->expires_at_ms) return;
  sets::DeviceSet reachable = devices;
  reachable.intersect(online_);
  // What goes to a gateway as the same bytes.
  std::map<std::pair<uint32_t, const cluster::Envelope*>, cluster::SlotsCast> casts;
  for (const DeviceRef device : reachable.devices()) {
    const auto session = routes_.find(device);
    if (!session) continue;
    const cluster::SharedEnvelope* what = &envelope;
    if (conditions != nullptr) {
      const Traits traits = routes_.traits(device);
      if (!conditions->allow(traits, now_ms, parts_.names)) continue;
      what = &conditions->envelope_for(traits);
    }
    cluster::SlotsCast& slots = casts[{session->gateway, what->get()}];
    if (slots.to.empty()) slots.envelope = *what;
    slots.to.push_back({session->slot, session->generation});
  }
  for (auto& [key, slots] : casts) parts_.outbox.cast(key.first, std::move(slots));
}

void Sessions::on_conditions(const cluster::ConditionsChanged& changed) {
  for (const cluster::SessionConditions& now : changed) {
    const auto session = routes_.find(now.device);
    if (!session || *session != now.session) continue;
    const uint8_t before = routes_.traits(now.device).conditions;
    routes_.set_conditions(now.device, now.conditions);
    parts_.replays.set_traits(now.device, routes_.traits(now.device));
    const uint32_t gained = now.conditions & ~before;
    if (gained != 0) send_waiting(now.device, *session, now.app, gained);
  }
}

// A session that drains has it in one of its next batches.
void Sessions::send_waiting(DeviceRef device, cluster::SessionRef session, AppId app,
                            uint32_t gained) {
  if (parts_.replays.is_draining(device)) return;
  const Traits traits = routes_.traits(device);
  const uint64_t now_ms = wall_ms();
  for (const auto& [order, cast] : parts_.live_casts.of(app)) {
    if (!cast.conditions || (cast.conditions->device_conditions() & gained) == 0) continue;
    if (!cast.is_pending_for(device) || now_ms >= cast.envelope->expires_at_ms) continue;
    if (!cast.conditions->allow(traits, now_ms, parts_.names)) continue;
    parts_.outbox.deliver({session, {cast.conditions->envelope_for(traits)}, false, 0});
  }
}

// Clocks on the wall show minutes: where a message may be delivered now, and not when it was looked
// at last, it is.
void Sessions::send_by_the_clock() {
  const uint64_t now_ms = wall_ms();
  const uint64_t before_ms = std::exchange(clocks_looked_at_ms_, now_ms);
  if (before_ms / 60'000 == now_ms / 60'000) return;
  std::vector<uint64_t> before_min;
  std::vector<uint64_t> now_min;
  for (uint16_t zone = 0; zone < parts_.names.zones(); ++zone) {
    before_min.push_back(parts_.names.local_minutes(zone, before_ms));
    now_min.push_back(parts_.names.local_minutes(zone, now_ms));
  }
  std::vector<bool> opening(now_min.size());
  parts_.live_casts.each([&](const LiveCast& cast) {
    if (!cast.conditions || !cast.conditions->have_clock()) return;
    bool any = false;
    for (size_t zone = 0; zone < opening.size(); ++zone) {
      opening[zone] = cast.conditions->clock_allows(now_min[zone]) &&
                      !cast.conditions->clock_allows(before_min[zone]);
      any |= opening[zone];
    }
    if (any) cast_in_zones(cast, opening);
  });
}

void Sessions::cast_in_zones(const LiveCast& cast, const std::vector<bool>& zones) {
  sets::DeviceSet waiting = cast.targeted;
  waiting.subtract(cast.delivered);
  waiting.intersect(online_);
  sets::DeviceSet there;
  for (const DeviceRef device : waiting.devices()) {
    if (routes_.find(device) && zones[routes_.traits(device).zone]) there.add(device);
  }
  this->cast(cast.envelope, cast.conditions.get(), there);
}

uint64_t Sessions::count_reachable(const LiveCast& cast, const sets::DeviceSet& devices) const {
  sets::DeviceSet reachable = devices;
  reachable.intersect(online_);
  if (!cast.conditions) return reachable.size();
  const uint64_t now_ms = wall_ms();
  uint64_t count = 0;
  for (const DeviceRef device : reachable.devices()) {
    const bool open = routes_.find(device).has_value();
    count += open && cast.conditions->allow(routes_.traits(device), now_ms, parts_.names);
  }
  return count;
}

void Sessions::forget_deleted(DeviceRef device) {
  const auto session = routes_.find(device);
  if (!session) return;
  parts_.outbox.revoke(*session, cluster::SessionRevoked::Why::unknown_device);
  routes_.close(device, *session);
  online_.remove(device);
  parts_.replays.end(device);
}

// While a session drains, a message waits in the backlog for its turn, unless it cannot wait: an
// alert, or one that is now or never.
void Sessions::send_now(const Applied::ToDevice& accepted) {
  const auto session = routes_.find(accepted.device);
  if (!session) return;
  const cluster::Envelope& envelope = *accepted.envelope;
  const bool now_or_never = envelope.expires_at_ms == envelope.accepted_at_ms;
  if (!now_or_never && wall_ms() >= envelope.expires_at_ms) return;
  Replays& replays = parts_.replays;
  if (!replays.is_draining(accepted.device)) {
    parts_.outbox.deliver({*session, {accepted.envelope}, false, 0});
    return;
  }
  const bool fits = replays.in_flight(accepted.device) < limits::in_flight_max;
  if (envelope.priority != wire::Priority::alert && !(now_or_never && fits)) return;
  replays.sent(accepted.device, envelope);
  parts_.outbox.deliver({*session, {accepted.envelope}, true, 0});
}

void Sessions::tick() {
  send_next(parts_.replays.release_expired(wall_ms()));
  send_by_the_clock();
}

void Sessions::send_next(const std::vector<DeviceRef>& devices) {
  for (const DeviceRef device : devices) {
    // One may be listed twice, and done after the first time.
    if (!parts_.replays.is_draining(device)) continue;
    auto replay = parts_.replays.next(device, now());
    if (!replay.ok()) {
      say(replay.status());
      continue;
    }
    if (!replay->envelopes.empty() || !replay->more) parts_.outbox.deliver(*std::move(replay));
  }
}

}  // namespace tocsin::storage
