// ResourceSampler: memory and CPU of servers and workers over time, for the report's charts.
//
// A thread looks every sample_ms, or less often when looking itself takes long (many processes): it
// may use cost_percent_max of one core and no more, because that core is being measured. When the
// samples reach samples_max every second one is dropped and the pace halved, so a drill of an hour
// takes no more memory than one of a minute.
//
// Thread: start(), mark() and stop() from one; samples on its own.
// Bound: samples_max; marks_max.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "drill/report.h"

namespace tocsin::drill {

// The processes of a drill besides itself.
struct ProcessGroups {
  std::vector<int> servers;  // empty: not known
  std::vector<int> workers;
};

// The samples with their bound. Values are sums over a group of processes.
class TimelineLog {
 public:
  static constexpr size_t samples_max = 1200;
  static constexpr size_t marks_max = 400;

  struct Look {
    uint64_t at_ns = 0;
    uint64_t servers_rss_bytes = 0;
    uint64_t workers_rss_bytes = 0;
    uint64_t servers_cpu_ns = 0;  // so far
    uint64_t workers_cpu_ns = 0;
  };

  explicit TimelineLog(uint64_t start_ns) : start_ns_(start_ns) {}

  // Looks come in order of time.
  void add(const Look& look);
  void mark(uint64_t at_ns, std::string name);
  // How many looks make one kept sample now: 1, 2, 4 ...
  uint32_t stride() const { return stride_; }

  // CPU in percent of a core between one kept look and the next.
  Timeline timeline() const;

 private:
  uint64_t start_ns_;
  std::vector<Look> looks_;
  std::vector<TimelineMark> marks_;
  uint32_t stride_ = 1;
};

class ResourceSampler {
 public:
  static constexpr uint64_t sample_ms = 250;
  static constexpr uint64_t cost_percent_max = 2;

  // Begins at once.
  explicit ResourceSampler(ProcessGroups groups);

  // A phase of the drill begins now.
  void mark(std::string name);
  // End the thread; what it saw.
  Timeline finish();

 private:
  void run(const std::stop_token& stop);

  const ProcessGroups groups_;
  std::mutex mutex_;  // of log_
  std::condition_variable_any waker_;
  TimelineLog log_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tocsin::drill
