#include "drill/coordinator/resource_sampler.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "harness/figures.h"
#include "harness/proc.h"

namespace tocsin::bench::drill {
namespace {

double memory_of(const std::vector<int>& pids) {
  uint64_t bytes = 0;
  for (const int pid : pids) bytes += resident_bytes_now(pid);
  return static_cast<double>(bytes);
}

double cpu_s_of(const std::vector<int>& pids) {
  return static_cast<double>(cpu_ns_of(pids).value_or(0)) / 1e9;
}

}  // namespace

void Timeline::add(const Sample& sample) {
  if (samples.size() == samples_max) {
    // Keep every second, the first and the newest pace among them.
    for (size_t i = 0; 2 * i < samples.size(); ++i) samples[i] = samples[2 * i];
    samples.resize((samples.size() + 1) / 2);
    stride *= 2;
  }
  samples.push_back(sample);
}

void Timeline::mark(double at_s, std::string name) {
  if (marks.size() < marks_max) marks.emplace_back(at_s, std::move(name));
}

ResourceSampler::ResourceSampler(ProcessGroups groups)
    : groups_(std::move(groups)),
      start_ns_(monotonic_ns()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void ResourceSampler::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    lock.unlock();
    const uint64_t now_ns = monotonic_ns();
    const Timeline::Sample now = {ms_between(start_ns_, now_ns) / 1e3, memory_of(groups_.servers),
                                  memory_of(groups_.workers), cpu_s_of(groups_.servers),
                                  cpu_s_of(groups_.workers)};
    const uint64_t cost_ms = (monotonic_ns() - now_ns) / 1'000'000;
    lock.lock();
    timeline_.add(now);
    const uint64_t pause_ms =
        std::max(sample_ms * timeline_.stride, cost_ms * 100 / cost_percent_max);
    waker_.wait_for(lock, stop, std::chrono::milliseconds(pause_ms), [] { return false; });
  }
}

void ResourceSampler::mark(std::string name) {
  const std::lock_guard lock(mutex_);
  timeline_.mark(seconds_since(start_ns_), std::move(name));
}

Timeline ResourceSampler::finish() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  return timeline_;
}

}  // namespace tocsin::bench::drill
