#include "drill/fleet/swarm.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <fmt/format.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/prng.h"
#include "harness/try.h"

namespace tocsin::drill {
namespace {

using Phase = Device::Phase;

constexpr int events_max = 256;
// 41 s in ticks of 10 ms; longer timers are armed again.
constexpr uint32_t wheel_ticks = 4096;
// Longer than the acknowledgements of an alert are spread.
constexpr uint64_t quiet_after_ms = limits::device_ack_spread_ms_max;
// Sessions being opened at once, as a multiple of the handshakes: they wait for the server's disk.
constexpr uint32_t opening_per_handshake = 16;

absl::StatusOr<Target> make_target(const harness::Gateway& gateway, const Plan& plan) {
  TOCSIN_TAKE(runtime::TlsContext tls, runtime::TlsContext::client(gateway.ca_pem));
  Target target{
      {}, gateway.name, std::move(tls), plan.spread_sources, Resumption(plan.resume_percent)};
  target.address.sin_family = AF_INET;
  target.address.sin_port = htons(gateway.port);
  if (inet_pton(AF_INET, gateway.address.c_str(), &target.address.sin_addr) == 1) return target;
  return absl::InvalidArgumentError(fmt::format("'{}' is not an IPv4 address", gateway.address));
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
  TOCSIN_TAKE(std::deque<Place> places, make_places(plan));
  std::unique_ptr<Swarm> swarm(new Swarm(plan, std::move(places), book, epoll_fd));
  swarm->add_devices(now_ms);
  return swarm;
}

absl::StatusOr<std::deque<Swarm::Place>> Swarm::make_places(const Plan& plan) {
  std::deque<Place> places;
  uint64_t devices = 0;
  for (const harness::Gateway& gateway : plan.gateways) {
    TOCSIN_TAKE(Target target, make_target(gateway, plan));
    devices += gateway.devices;
    places.emplace_back(Place{std::move(target), {}, static_cast<uint32_t>(devices)});
  }
  if (devices == plan.share.count && devices > 0) return places;
  return absl::InvalidArgumentError(
      fmt::format("gateways for {} devices, but there are {}", devices, plan.share.count));
}

Swarm::Swarm(const Plan& plan, std::deque<Place> places, const ArrivalBook& book, int epoll_fd)
    : plan_(plan),
      places_(std::move(places)),
      workspace_(epoll_fd),
      recorder_(book, plan.mark),
      windows_(window_size(plan) * plan.share.count),
      was_live_(plan.share.count),
      links_(plan.share.count),
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

void Swarm::add_devices(uint64_t now_ms) {
  wheel_ms_ = now_ms;
  const size_t window = window_size(plan_);
  for (uint32_t index = 0; index < plan_.share.count; ++index) {
    const uint32_t number = plan_.share.first + index;
    devices_.emplace_back(number, index, place_of(index).client_options,
                          std::span(windows_).subspan(index * window, window),
                          identity_of(plan_.seed, number), plan_.seed + number);
    devices_.back().start(now_ms);
    ready_.push_back(index);
    if (is_stuck(number)) {
      devices_.back().make_narrow();
    } else {
      ++reading_devices_;
    }
  }
  counts_[static_cast<size_t>(Phase::waiting)] = plan_.share.count;
}

absl::Status Swarm::serve(uint32_t wait_ms_max,
                          const std::function<absl::Status(uint32_t token)>& on_other) {
  std::array<epoll_event, events_max> events;
  const int ready = epoll_wait(workspace_.epoll_fd, events.data(), events_max,
                               static_cast<int>(std::min(wait_ms_max, wait_ms(monotonic_ms()))));
  if (ready < 0 && errno != EINTR) return absl::InternalError("epoll_wait failed");
  const uint64_t now_ms = monotonic_ms();
  for (int i = 0; i < ready; ++i) {
    const uint32_t token = events[static_cast<size_t>(i)].data.u32;
    if (token < devices_.size()) {
      on_ready(token, now_ms);
    } else {
      TOCSIN_TRY(on_other(token));
    }
  }
  on_time(now_ms);
  return absl::OkStatus();
}

void Swarm::on_ready(uint32_t index, uint64_t now_ms) { let(index, &Device::on_ready, now_ms); }

void Swarm::on_time(uint64_t now_ms) {
  const auto link_of = [this](uint32_t index) -> TimerWheel::Link& { return links_[index]; };
  for (; wheel_ms_ + tick_ms <= now_ms; wheel_ms_ += tick_ms) {
    wheel_.tick(link_of, [&](uint32_t index) { expire(index, now_ms); });
  }
  launch(now_ms);
}

uint32_t Swarm::wait_ms(uint64_t now_ms) const {
  const bool is_all_in = count(Phase::live) + count(Phase::given_up) == plan_.share.count;
  return is_all_in && now_ms >= busy_ms_ + quiet_after_ms ? quiet_tick_ms : tick_ms;
}

void Swarm::launch(uint64_t now_ms) {
  while (!ready_.empty() && count(Phase::shaking) < plan_.handshakes &&
         count(Phase::opening) < plan_.handshakes * opening_per_handshake) {
    const uint32_t index = ready_.front();
    ready_.pop_front();
    let(index, &Device::on_tick, now_ms);
  }
}

void Swarm::expire(uint32_t index, uint64_t now_ms) {
  const Device& device = devices_[index];
  if (device.next_tick_ms() > now_ms) {
    arm_timer(index, now_ms);
  } else if (device.phase() == Phase::waiting) {
    ready_.push_back(index);
  } else {
    let(index, &Device::on_tick, now_ms);
  }
}

void Swarm::let(uint32_t index, void (Device::*act)(const DeviceSurroundings&), uint64_t now_ms) {
  Device& device = devices_[index];
  const Phase before = device.phase();
  workspace_.trouble.clear();
  (device.*act)({place_of(index).target, workspace_, recorder_, now_ms});
  const Phase after = device.phase();
  busy_ms_ = now_ms;
  --counts_[static_cast<size_t>(before)];
  ++counts_[static_cast<size_t>(after)];
  if (before == Phase::shaking && (after == Phase::opening || after == Phase::live)) {
    ++status_.handshakes;
    if (device.connection().resumed()) ++status_.resumed;
  }
  if (!workspace_.trouble.empty()) {
    status_.set_last_failure(workspace_.trouble);
    if (before != Phase::live) ++status_.failures;
  }
  if (before != Phase::live && after == Phase::live) {
    if (was_live_[index]) ++status_.reconnects;
    was_live_[index] = true;
    if (is_stuck(device.number())) {
      device.become_stuck(workspace_);
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
    if (device.phase() != Phase::live || !is_stuck(device.number())) continue;
    status_.stuck_unread_bytes += device.connection().unread_bytes();
  }
}

WorkerStatus Swarm::status(uint32_t armed_round) const {
  WorkerStatus status = status_;
  status.live = count(Phase::live);
  status.given_up = count(Phase::given_up);
  status.armed_round = armed_round;
  status.got_armed = recorder_.got(armed_round);
  return status;
}

}  // namespace tocsin::drill
