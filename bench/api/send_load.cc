#include "api/send_load.h"

#include <atomic>
#include <latch>
#include <thread>
#include <utility>

#include "api/server_cpu.h"
#include "base/check.h"
#include "base/clock.h"
#include "drill/latency_distribution.h"

namespace tocsin::api {
namespace {

// What all connections have in common.
struct Course {
  Course(size_t lanes, const std::vector<std::string>& to, const drill::StopSignal& signal)
      : ready(static_cast<ptrdiff_t>(lanes)), devices(to), stop(signal) {}

  std::latch ready;
  std::latch go{1};
  std::atomic<bool> is_over{false};
  const std::vector<std::string>& devices;
  const drill::StopSignal& stop;
};

// One connection's part.
struct Lane {
  Sender* sender = nullptr;
  uint32_t first = 0;  // of the sends that are its own, every `step`
  uint32_t step = 1;
  uint32_t end = 0;
  absl::Status status;
  std::vector<uint64_t> waits_ns;
};

absl::Status send_all(Lane& lane, Course& course) {
  for (uint32_t i = lane.first; i < lane.end && !course.is_over; i += lane.step) {
    if (course.stop.requested()) return absl::CancelledError("interrupted");
    const uint64_t start_ns = monotonic_ns();
    const absl::Status sent = lane.sender->send(course.devices[i % course.devices.size()]);
    if (!sent.ok()) return sent;
    lane.waits_ns.push_back(monotonic_ns() - start_ns);
  }
  return absl::OkStatus();
}

void run_lane(Lane& lane, Course& course) {
  lane.waits_ns.reserve((lane.end - lane.first) / lane.step + 1);
  lane.status = lane.sender->warm_up();
  course.ready.count_down();
  course.go.wait();
  if (lane.status.ok()) lane.status = send_all(lane, course);
  if (!lane.status.ok()) course.is_over = true;
}

std::vector<Lane> lanes_for(const Senders& senders, uint32_t sends) {
  std::vector<Lane> lanes(senders.size());
  for (size_t i = 0; i < lanes.size(); ++i) {
    lanes[i].sender = senders[i].get();
    lanes[i].first = static_cast<uint32_t>(i);
    lanes[i].step = static_cast<uint32_t>(lanes.size());
    lanes[i].end = sends;
  }
  return lanes;
}

absl::StatusOr<std::vector<uint64_t>> all_waits(const std::vector<Lane>& lanes) {
  std::vector<uint64_t> waits_ns;
  for (const Lane& lane : lanes) {
    if (!lane.status.ok()) return lane.status;
    waits_ns.insert(waits_ns.end(), lane.waits_ns.begin(), lane.waits_ns.end());
  }
  return waits_ns;
}

}  // namespace

absl::StatusOr<SendFigures> measure_sends(const Senders& senders, uint32_t sends,
                                          const std::vector<std::string>& devices,
                                          const std::vector<int>& server_pids,
                                          const drill::StopSignal& stop) {
  TOCSIN_CHECK(!senders.empty() && !devices.empty());
  std::vector<Lane> lanes = lanes_for(senders, sends);
  Course course(lanes.size(), devices, stop);
  std::vector<std::jthread> threads;
  for (Lane& lane : lanes) threads.emplace_back([&lane, &course] { run_lane(lane, course); });
  course.ready.wait();
  const absl::StatusOr<uint64_t> cpu_before_ns = cpu_ns_at_rest(server_pids, stop);
  if (!cpu_before_ns.ok()) course.is_over = true;
  const uint64_t start_ns = monotonic_ns();
  course.go.count_down();
  threads.clear();
  const double seconds = static_cast<double>(monotonic_ns() - start_ns) / 1e9;
  if (!cpu_before_ns.ok()) return cpu_before_ns.status();
  absl::StatusOr<std::vector<uint64_t>> waits_ns = all_waits(lanes);
  if (!waits_ns.ok()) return waits_ns.status();
  const absl::StatusOr<uint64_t> cpu_after_ns = cpu_ns_at_rest(server_pids, stop);
  if (!cpu_after_ns.ok()) return cpu_after_ns.status();
  const auto cpu_us = static_cast<double>(*cpu_after_ns - *cpu_before_ns) / 1e3;
  const drill::LatencyDistribution waits(*std::move(waits_ns));
  return SendFigures{sends / seconds, cpu_us / sends, waits.percentile_ms(50),
                     waits.percentile_ms(99)};
}

}  // namespace tocsin::api
