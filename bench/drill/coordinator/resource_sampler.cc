#include "drill/coordinator/resource_sampler.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "harness/proc.h"

namespace tocsin::drill {
namespace {

uint64_t estimate_of(const std::vector<int>& pids) {
  uint64_t bytes = 0;
  for (const int pid : pids) bytes += harness::resident_bytes_estimate(pid).value_or(0);
  return bytes;
}

double seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

// A process that has ended takes its CPU time along: never count backwards.
double percent(uint64_t before_ns, uint64_t after_ns, uint64_t elapsed_ns) {
  if (after_ns <= before_ns || elapsed_ns == 0) return 0;
  return 100 * seconds(after_ns - before_ns) / seconds(elapsed_ns);
}

}  // namespace

void TimelineLog::add(const Look& look) {
  if (looks_.size() == samples_max) {
    // Keep every second, the first and the newest pace among them.
    for (size_t i = 0; 2 * i < looks_.size(); ++i) looks_[i] = looks_[2 * i];
    looks_.resize((looks_.size() + 1) / 2);
    stride_ *= 2;
  }
  looks_.push_back(look);
}

void TimelineLog::mark(uint64_t at_ns, std::string name) {
  if (marks_.size() == marks_max) return;
  marks_.push_back({seconds(std::max(at_ns, start_ns_) - start_ns_), std::move(name)});
}

Timeline TimelineLog::timeline() const {
  Timeline timeline{{}, marks_};
  for (size_t i = 1; i < looks_.size(); ++i) {
    const Look& before = looks_[i - 1];
    const Look& after = looks_[i];
    const uint64_t elapsed_ns = after.at_ns - before.at_ns;
    timeline.samples.push_back({seconds(after.at_ns - start_ns_),
                                static_cast<double>(after.servers_rss_bytes),
                                static_cast<double>(after.workers_rss_bytes),
                                percent(before.servers_cpu_ns, after.servers_cpu_ns, elapsed_ns),
                                percent(before.workers_cpu_ns, after.workers_cpu_ns, elapsed_ns)});
  }
  return timeline;
}

ResourceSampler::ResourceSampler(ProcessGroups groups)
    : groups_(std::move(groups)),
      log_(monotonic_ns()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void ResourceSampler::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    lock.unlock();
    const TimelineLog::Look now{monotonic_ns(), estimate_of(groups_.servers),
                                estimate_of(groups_.workers),
                                harness::cpu_ns_of(groups_.servers).value_or(0),
                                harness::cpu_ns_of(groups_.workers).value_or(0)};
    const uint64_t cost_ms = (monotonic_ns() - now.at_ns) / 1'000'000;
    lock.lock();
    log_.add(now);
    const uint64_t pause_ms = std::max(sample_ms * log_.stride(), cost_ms * 100 / cost_percent_max);
    waker_.wait_for(lock, stop, std::chrono::milliseconds(pause_ms), [] { return false; });
  }
}

void ResourceSampler::mark(std::string name) {
  const std::lock_guard lock(mutex_);
  log_.mark(monotonic_ns(), std::move(name));
}

Timeline ResourceSampler::finish() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  return log_.timeline();
}

}  // namespace tocsin::drill
