#include "drill/swarm.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <utility>

#include "base/prng.h"
#include "drill/fleet_plan.h"

namespace tocsin::drill {
namespace {

using Phase = Device::Phase;

// 41 s in ticks of 10 ms; longer timers are armed again.
constexpr uint32_t wheel_ticks = 4096;
// Sessions being opened at once, as a multiple of the handshakes: they wait for the server's disk.
constexpr uint32_t opening_per_handshake = 16;

absl::StatusOr<Target> make_target(const Plan& plan) {
  absl::StatusOr<runtime::TlsContext> tls = runtime::TlsContext::client(plan.ca_pem);
  if (!tls.ok()) return tls.status();
  Target target{{}, plan.server_name, *std::move(tls), plan.spread_sources};
  target.address.sin_family = AF_INET;
  target.address.sin_port = htons(plan.gateway_port);
  if (inet_pton(AF_INET, plan.gateway_address.c_str(), &target.address.sin_addr) != 1) {
    return absl::InvalidArgumentError(
        fmt::format("'{}' is not an IPv4 address", plan.gateway_address));
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
  absl::StatusOr<Target> target = make_target(plan);
  if (!target.ok()) return target.status();
  std::unique_ptr<Swarm> swarm(new Swarm(plan, *std::move(target), book, epoll_fd));
  swarm->add_devices(now_ms);
  return swarm;
}

Swarm::Swarm(const Plan& plan, Target target, const ArrivalBook& book, int epoll_fd)
    : plan_(plan),
      target_(std::move(target)),
      workspace_(epoll_fd),
      recorder_(book, plan.mark),
      around_{target_, workspace_, recorder_},
      windows_(window_size(plan) * plan.devices),
      was_live_(plan.devices),
      links_(plan.devices),
      wheel_(wheel_ticks) {
  client_options_.app = plan_.app;
  client_options_.registration_key = plan_.registration_key;
  client_options_.platform = "drill";
  client_options_.app_version = "1";
  client_options_.heartbeat_s = plan_.heartbeat_s;
}

void Swarm::add_devices(uint64_t now_ms) {
  wheel_ms_ = now_ms;
  const size_t window = window_size(plan_);
  for (uint32_t index = 0; index < plan_.devices; ++index) {
    const uint32_t number = plan_.first_device + index;
    devices_.emplace_back(number, index, client_options_,
                          std::span(windows_).subspan(index * window, window),
                          identity_of(plan_.seed, number), plan_.seed + number);
    devices_.back().start(now_ms);
    ready_.push_back(index);
    if (!is_stuck(number, plan_.stuck_percent)) ++reading_devices_;
  }
  counts_[static_cast<size_t>(Phase::waiting)] = plan_.devices;
}

void Swarm::on_ready(uint32_t index, uint64_t now_ms) {
  if (index >= devices_.size()) return;
  Device& device = devices_[index];
  const Phase before = device.phase();
  std::string trouble;
  device.on_ready(now_ms, around_, trouble);
  settle(index, before, trouble, now_ms);
}

void Swarm::on_time(uint64_t now_ms) {
  const auto link_of = [this](uint32_t index) -> TimerWheel::Link& { return links_[index]; };
  for (; wheel_ms_ + tick_ms <= now_ms; wheel_ms_ += tick_ms) {
    wheel_.tick(link_of, [&](uint32_t index) { expire(index, now_ms); });
  }
  launch(now_ms);
}

void Swarm::launch(uint64_t now_ms) {
  while (!ready_.empty() && count(Phase::shaking) < plan_.handshakes &&
         count(Phase::opening) < plan_.handshakes * opening_per_handshake) {
    const uint32_t index = ready_.front();
    ready_.pop_front();
    std::string trouble;
    devices_[index].on_tick(now_ms, around_, trouble);
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
  device.on_tick(now_ms, around_, trouble);
  settle(index, before, trouble, now_ms);
}

// Bring counters and timer in line with what the device has become.
void Swarm::settle(uint32_t index, Phase before, const std::string& trouble, uint64_t now_ms) {
  const Phase after = devices_[index].phase();
  --counts_[static_cast<size_t>(before)];
  ++counts_[static_cast<size_t>(after)];
  const bool was_shaking = before == Phase::shaking;
  if (was_shaking && (after == Phase::opening || after == Phase::live)) ++status_.handshakes;
  if (!trouble.empty()) {
    status_.last_failure = trouble.substr(0, failure_text_bytes_max);
    if (before != Phase::live) ++status_.failures;
  }
  if (before != Phase::live && after == Phase::live) {
    if (was_live_[index]) ++status_.reconnects;
    was_live_[index] = true;
    if (is_stuck(devices_[index].number(), plan_.stuck_percent)) {
      devices_[index].become_stuck(around_);
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

Status Swarm::status(uint32_t armed_round) const {
  Status status = status_;
  status.live = count(Phase::live);
  status.given_up = count(Phase::given_up);
  status.armed_round = armed_round;
  status.got_armed = recorder_.got(armed_round);
  return status;
}

}  // namespace tocsin::drill
