#include "drill/fleet/swarm.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/prng.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
namespace {

using Phase = Device::Phase;

// 41 s in ticks of 10 ms; longer timers are armed again.
constexpr uint32_t wheel_ticks = 4096;
// Longer than the acknowledgements of an alert are spread.
constexpr uint64_t quiet_after_ms = limits::device_ack_spread_ms_max;
// Sessions being opened at once, as a multiple of the handshakes: they wait for the server's disk.
constexpr uint32_t opening_per_handshake = 16;

absl::StatusOr<Target> make_target(const Gateway& gateway, const Plan& plan) {
  TOCSIN_TAKE(runtime::TlsContext tls, runtime::TlsContext::client(gateway.ca_pem));
  Target target{
      {}, gateway.name, std::move(tls), plan.spread_sources, Resumption(plan.resume_percent)};
  target.address.sin_family = AF_INET;
  target.address.sin_port = htons(gateway.port);
  if (inet_pton(AF_INET, gateway.address.c_str(), &target.address.sin_addr) == 1) return target;
  return absl::InvalidArgumentError(fmt::format("'{}' is not an IPv4 address", gateway.address));
}

absl::StatusOr<std::deque<Target>> make_targets(const Plan& plan) {
  std::deque<Target> targets;
  uint32_t devices = 0;
  for (const Gateway& gateway : plan.gateways) {
    TOCSIN_TAKE(Target target, make_target(gateway, plan));
    target.end = devices += gateway.devices;
    targets.push_back(std::move(target));
  }
  if (devices == plan.share.count && devices > 0) return targets;
  return absl::InvalidArgumentError(
      fmt::format("gateways for {} devices, but there are {}", devices, plan.share.count));
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
                                                     uint64_t now_ms) {
  TOCSIN_TAKE(std::deque<Target> targets, make_targets(plan));
  std::unique_ptr<Swarm> swarm(new Swarm(plan, std::move(targets), book));
  swarm->add_devices(now_ms);
  return swarm;
}

Swarm::Swarm(const Plan& plan, std::deque<Target> targets, const ArrivalBook& book)
    : plan_(plan),
      targets_(std::move(targets)),
      recorder_(book, plan.mark),
      windows_(window_size(plan) * plan.share.count),
      was_live_(plan.share.count),
      link_of_{std::vector<TimerWheel::Link>(plan.share.count)},
      wheel_(wheel_ticks) {
  // Views, so they must be of our own copy of the plan.
  for (size_t i = 0; i < targets_.size(); ++i) {
    sdk_client::ClientOptions& options = targets_[i].client_options;
    options.app = plan_.app;
    options.registration_key = plan_.gateways[i].registration_key;
    options.platform = "drill";
    options.app_version = "1";
    options.heartbeat_s = plan_.heartbeat_s;
  }
}

Target& Swarm::target_of(uint32_t index) {
  return *std::upper_bound(targets_.begin(), targets_.end(), index,
                           [](uint32_t at, const Target& target) { return at < target.end; });
}

void Swarm::add_devices(uint64_t now_ms) {
  wheel_ms_ = now_ms;
  const size_t window = window_size(plan_);
  for (uint32_t index = 0; index < plan_.share.count; ++index) {
    const uint32_t number = plan_.share.first + index;
    devices_.emplace_back(number, index, target_of(index).client_options,
                          std::span(windows_).subspan(index * window, window),
                          identity_of(plan_.seed, number), plan_.seed + number);
    devices_.back().start(now_ms);
    ready_.push_back(index);
    if (is_stuck(number)) devices_.back().make_narrow();
  }
  counts_[static_cast<size_t>(Phase::waiting)] = plan_.share.count;
}

absl::Status Swarm::serve(uint32_t wait_ms_max) {
  const auto serve_one = [this](uint32_t token) {
    on_ready(token, monotonic_ms());
    return absl::OkStatus();
  };
  TOCSIN_TRY(workspace_.wait(std::min(wait_ms_max, wait_ms(monotonic_ms())), serve_one).status());
  on_time(monotonic_ms());
  return absl::OkStatus();
}

void Swarm::on_ready(uint32_t index, uint64_t now_ms) { let(index, &Device::on_ready, now_ms); }

void Swarm::on_time(uint64_t now_ms) {
  for (; wheel_ms_ + tick_ms <= now_ms; wheel_ms_ += tick_ms) {
    wheel_.tick(link_of_, [&](uint32_t index) { expire(index, now_ms); });
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
  (device.*act)({target_of(index), workspace_, recorder_, now_ms});
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
      wheel_.disarm(index, link_of_);
      return;
    }
  }
  arm_timer(index, now_ms);
}

void Swarm::arm_timer(uint32_t index, uint64_t now_ms) {
  wheel_.disarm(index, link_of_);
  const uint64_t due_ms = devices_[index].next_tick_ms();
  if (due_ms == sdk_client::ClientFsm::never_ms) return;
  // Ticks from where the wheel stands, which may be a little behind the clock.
  const uint64_t from_ms = std::max(due_ms, now_ms) - wheel_ms_;
  const uint64_t ticks = (from_ms + tick_ms - 1) / tick_ms;
  wheel_.arm(index, static_cast<uint32_t>(std::clamp<uint64_t>(ticks, 1, wheel_.ticks_max())),
             link_of_);
}

void Swarm::look_at_stuck() {
  ++status_.stuck_looks;
  status_.stuck_unread_bytes = 0;
  for (const Device& device : devices_) {
    if (device.phase() != Phase::live || !is_stuck(device.number())) continue;
    status_.stuck_unread_bytes += device.connection().unread_bytes();
  }
}

WorkerStatus Swarm::status() const {
  WorkerStatus status = status_;
  status.live = count(Phase::live);
  status.given_up = count(Phase::given_up);
  return status;
}

}  // namespace tocsin::bench::drill
