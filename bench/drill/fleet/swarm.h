// Swarm: all devices of one worker, with their timers and the order they connect in.
//
//   devices due to connect -> ready_ -> at most plan.handshakes shaking, a multiple opening -> live
//
// The bound is fairness to the server: it should be measured doing its work, not swallowing a storm
// nobody asked for.
//
// Thread: one worker.  Bound: the plan's devices; one timer each.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <absl/status/statusor.h>

#include "base/timer_wheel.h"
#include "drill/fleet/arrivals.h"
#include "drill/fleet/device.h"
#include "drill/fleet/plan.h"

namespace tocsin::bench::drill {

class Swarm {
 public:
  // What timers are exact to while something is going on, and while all is quiet.
  static constexpr uint32_t tick_ms = 10;
  static constexpr uint32_t quiet_tick_ms = 100;

  // `book` outlives the swarm. INVALID_ARGUMENT when an address or certificate of the plan does not
  // parse, or its gateways are not for as many devices as it has.
  static absl::StatusOr<std::unique_ptr<Swarm>> create(const Plan& plan, const ArrivalBook& book,
                                                       uint64_t now_ms);
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  // The socket of device `index` (0-based in this swarm) is ready.
  void on_ready(uint32_t index, uint64_t now_ms);
  // Let timers expire and begin connections that are due.
  void on_time(uint64_t now_ms);
  // How long the caller may wait for a socket until the next on_time(): 55 idle workers that all
  // ticked would wake up 5,500 times a second beside the one that connects.
  uint32_t wait_ms(uint64_t now_ms) const;
  // Wait that long, at most `wait_ms_max`, for sockets to be ready, and serve them.
  absl::Status serve(uint32_t wait_ms_max);

  // Counters so far.
  WorkerStatus status() const;
  // Bring what status() says about stuck devices up to date: a call to the system for each.
  void look_at_stuck();

 private:
  Swarm(const Plan& plan, std::deque<Target> targets, const ArrivalBook& book);
  Target& target_of(uint32_t index);
  void add_devices(uint64_t now_ms);
  void launch(uint64_t now_ms);
  void expire(uint32_t index, uint64_t now_ms);
  // Let a device do something, and bring counters and timer in line with what it has become.
  void let(uint32_t index, void (Device::*act)(const DeviceSurroundings&), uint64_t now_ms);
  void arm_timer(uint32_t index, uint64_t now_ms);
  bool is_stuck(uint32_t number) const { return is_of_percent(number, plan_.stuck_percent); }
  uint32_t count(Device::Phase phase) const { return counts_[static_cast<size_t>(phase)]; }

  const Plan plan_;
  std::deque<Target> targets_;  // one for each gateway of the plan
  DeviceWorkspace workspace_;
  AlertRecorder recorder_;
  std::vector<MessageId> windows_;  // the devices' duplicate windows, one after the other
  std::deque<Device> devices_;      // never moves one
  std::vector<bool> was_live_;
  struct LinkOf {
    std::vector<TimerWheel::Link> links;
    TimerWheel::Link& operator()(uint32_t index) { return links[index]; }
  } link_of_;
  TimerWheel wheel_;
  uint64_t wheel_ms_ = 0;       // the time the wheel stands at
  uint64_t busy_ms_ = 0;        // when something last became of a device
  std::deque<uint32_t> ready_;  // due to connect
  std::array<uint32_t, Device::phases> counts_{};
  WorkerStatus status_;
};

}  // namespace tocsin::bench::drill
