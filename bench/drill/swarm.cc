#include "drill/swarm.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <utility>

#include "base/limits.h"
#include "base/prng.h"
#include "drill/fleet_plan.h"

namespace tocsin::drill {
namespace {

using Phase = Device::Phase;

// 41 s in ticks of 10 ms; longer timers are armed again.
constexpr uint32_t wheel_ticks = 4096;
// Longer than the acknowledgements of an alert are spread.
constexpr uint64_t quiet_after_ms = limits::device_ack_spread_ms_max;
// Sessions being opened at once, as a multiple of the handshakes: they wait for the server's disk.
constexpr uint32_t opening_per_handshake = 16;

absl::StatusOr<Target> make_target(const Gateway& gateway, const Plan& plan) {
  absl::StatusOr<runtime::TlsContext> tls = runtime::TlsContext::client(gateway.ca_pem);
  if (!tls.ok()) return tls.status();
  Target target{{},
                gateway.server_name,
                *std::move(tls),
                plan.spread_sources,
                Resumption(plan.resume_percent)};
  target.address.sin_family = AF_INET;
  target.address.sin_port = htons(gateway.port);
  if (inet_pton(AF_INET, gateway.address.c_str(), &target.address.sin_addr) != 1) {
    return absl::InvalidArgumentError(fmt::format("'{}' is not an IPv4 address", gateway.address));
  }
  return target;
}

// The same nonce in the same drill, so that a device that registers twice stays one device.
sdk_client::ClientIdentity identity_of(uint64_t seed, uint32_t number) {
  sdk_client::ClientIdentity identity;
  Prng prng(seed ^ (uint64_t{number} << 32 | number));
  for (uint8_t& byte : identity.install_nonce) byte = static_cast<uint8_t>(prng.next());
  return identity;
}

size_t window_size(const Plan& plan) {
  return std::clamp<size_t>(plan.rounds, limits::ack_ids_max, limits::duplicate_window);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Swarm>> Swarm::create(const Plan& plan, const ArrivalBook& book,
                                                     int epoll_fd, uint64_t now_ms) {
  absl::StatusOr<std::deque<Place>> places = make_places(plan);
  if (!places.ok()) return places.status();
  std::unique_ptr<Swarm> swarm(new Swarm(plan, *std::move(places), book, epoll_fd));
  swarm->add_devices(now_ms);
  return swarm;
}

absl::StatusOr<std::deque<Swarm::Place>> Swarm::make_places(const Plan& plan) {
  std::deque<Place> places;
  uint64_t devices = 0;
  for (const Gateway& gateway : plan.gateways) {
    absl::StatusOr<Target> target = make_target(gateway, plan);
    if (!target.ok()) return target.status();
    devices += gateway.devices;
    Place& place = places.emplace_back(Place{*std::move(target), {}, 0});
    place.end = static_cast<uint32_t>(devices);
  }
  if (devices == plan.devices && devices > 0) return places;
  return absl::InvalidArgumentError(
      fmt::format("gateways for {} devices, but there are {}", devices, plan.devices));
}

Swarm::Swarm(const Plan& plan, std::deque<Place> places, const ArrivalBook& book, int epoll_fd)
    : plan_(plan),
      places_(std::move(places)),
      workspace_(epoll_fd),
      recorder_(book, plan.mark),
      windows_(window_size(plan) * plan.devices),
      was_live_(plan.devices),
      links_(plan.devices),
      wheel_(wheel_ticks) {
  // Views, so they must be of our own copy of the plan.
  for (size_t i = 0; i < places_.size(); ++i) {
    sdk_client::ClientOptions& options = places_[i].client_options;
    options.app = plan_.app;
    options.registration_key = plan_.gateways[i].registration_key;
    options.platform = "drill";
    options.app_version = "1";
    options.heartbeat_s = plan_.heartbeat_s;
  }
}

Swarm::Place& Swarm::place_of(uint32_t index) {
  return *std::upper_bound(places_.begin(), places_.end(), index,
                           [](uint32_t at, const Place& place) { return at < place.end; });
}

DeviceSurroundings Swarm::around(uint32_t index) {
  return {place_of(index).target, workspace_, recorder_};
}

void Swarm::add_devices(uint64_t now_ms) {
  wheel_ms_ = now_ms;
  const size_t window = window_size(plan_);
  for (uint32_t index = 0; index < plan_.devices; ++index) {
    const uint32_t number = plan_.first_device + index;
    devices_.emplace_back(number, index, place_of(index).client_options,
                          std::span(windows_).subspan(index * window, window),
                          identity_of(plan_.seed, number), plan_.seed + number);
    devices_.back().start(now_ms);
    ready_.push_back(index);
    if (is_stuck(number, plan_.stuck_percent)) {
      devices_.back().make_narrow();
    } else {
      ++reading_devices_;
    }
  }
  counts_[static_cast<size_t>(Phase::waiting)] = plan_.devices;
}

void Swarm::on_ready(uint32_t index, uint64_t now_ms) {
  if (index >= devices_.size()) return;
  Device& device = devices_[index];
  const Phase before = device.phase();
  std::string trouble;
  DeviceSurroundings surroundings = around(index);
  device.on_ready(now_ms, surroundings, trouble);
  settle(index, before, trouble, now_ms);
}

void Swarm::on_time(uint64_t now_ms) {
  const auto link_of = [this](uint32_t index) -> TimerWheel::Link& { return links_[index]; };
  for (; wheel_ms_ + tick_ms <= now_ms; wheel_ms_ += tick_ms) {
    wheel_.tick(link_of, [&](uint32_t index) { expire(index, now_ms); });
  }
  launch(now_ms);
}

uint32_t Swarm::wait_ms(uint64_t now_ms) const {
  const bool is_all_in = count(Phase::live) + count(Phase::given_up) == plan_.devices;
  return is_all_in && now_ms >= busy_ms_ + quiet_after_ms ? quiet_tick_ms : tick_ms;
}

void Swarm::launch(uint64_t now_ms) {
  while (!ready_.empty() && count(Phase::shaking) < plan_.handshakes &&
         count(Phase::opening) < plan_.handshakes * opening_per_handshake) {
    const uint32_t index = ready_.front();
    ready_.pop_front();
    std::string trouble;
    DeviceSurroundings surroundings = around(index);
    devices_[index].on_tick(now_ms, surroundings, trouble);
    settle(index, Phase::waiting, trouble, now_ms);
  }
}

void Swarm::expire(uint32_t index, uint64_t now_ms) {
  Device& device = devices_[index];
  if (device.next_tick_ms() > now_ms) {
    arm_timer(index, now_ms);
    return;
  }
  const Phase before = device.phase();
  if (before == Phase::waiting) {
    ready_.push_back(index);
    return;
  }
  std::string trouble;
  DeviceSurroundings surroundings = around(index);
  device.on_tick(now_ms, surroundings, trouble);
  settle(index, before, trouble, now_ms);
}

// Bring counters and timer in line with what the device has become.
void Swarm::settle(uint32_t index, Phase before, const std::string& trouble, uint64_t now_ms) {
  const Phase after = devices_[index].phase();
  busy_ms_ = now_ms;
  --counts_[static_cast<size_t>(before)];
  ++counts_[static_cast<size_t>(after)];
  const bool was_shaking = before == Phase::shaking;
  if (was_shaking && (after == Phase::opening || after == Phase::live)) {
    ++status_.handshakes;
    if (devices_[index].connection().resumed()) ++status_.resumed;
  }
  if (!trouble.empty()) {
    status_.last_failure = trouble.substr(0, failure_text_bytes_max);
    if (before != Phase::live) ++status_.failures;
  }
  if (before != Phase::live && after == Phase::live) {
    if (was_live_[index]) ++status_.reconnects;
    was_live_[index] = true;
    if (is_stuck(devices_[index].number(), plan_.stuck_percent)) {
      DeviceSurroundings surroundings = around(index);
      devices_[index].become_stuck(surroundings);
      wheel_.disarm(index, [this](uint32_t i) -> TimerWheel::Link& { return links_[i]; });
      return;
    }
  }
  arm_timer(index, now_ms);
}

void Swarm::arm_timer(uint32_t index, uint64_t now_ms) {
  const auto link_of = [this](uint32_t i) -> TimerWheel::Link& { return links_[i]; };
  wheel_.disarm(index, link_of);
  const uint64_t due_ms = devices_[index].next_tick_ms();
  if (due_ms == sdk_client::ClientFsm::never_ms) return;
  // Ticks from where the wheel stands, which may be a little behind the clock.
  const uint64_t from_ms = std::max(due_ms, now_ms) - wheel_ms_;
  const uint64_t ticks = (from_ms + tick_ms - 1) / tick_ms;
  wheel_.arm(index, static_cast<uint32_t>(std::clamp<uint64_t>(ticks, 1, wheel_.ticks_max())),
             link_of);
}

void Swarm::look_at_stuck() {
  status_.stuck_unread_bytes = 0;
  for (const Device& device : devices_) {
    const bool is_there = device.phase() == Phase::live;
    if (!is_there || !is_stuck(device.number(), plan_.stuck_percent)) continue;
    status_.stuck_unread_bytes += device.connection().unread_bytes();
  }
}

Status Swarm::status(uint32_t armed_round) const {
  Status status = status_;
  status.live = count(Phase::live);
  status.given_up = count(Phase::given_up);
  status.armed_round = armed_round;
  status.got_armed = recorder_.got(armed_round);
  return status;
}

}  // namespace tocsin::drill
