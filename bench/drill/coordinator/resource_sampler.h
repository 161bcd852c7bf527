// ResourceSampler: memory and CPU of servers and workers over time, for the report's charts.
//
// A thread looks every sample_ms, or less often when looking itself takes long (many processes): it
// may use cost_percent_max of one core and no more, because that core is being measured. When the
// samples reach samples_max every second one is dropped and the pace halved, so a drill of an hour
// takes no more memory than one of a minute.
//
// Thread: start(), mark() and stop() from one; samples on its own.
// Bound: Timeline::samples_max, marks_max.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/describe.hpp>

namespace tocsin::bench::drill {

// The processes of a drill besides itself.
struct ProcessGroups {
  std::vector<int> servers;  // empty: not known
  std::vector<int> workers;
};

// Memory and CPU over the whole drill, sums over a group of processes.
struct Timeline {
  static constexpr size_t samples_max = 1200;
  static constexpr size_t marks_max = 400;

  // Seconds since its start; resident bytes of servers and of workers; CPU seconds of servers and
  // of workers, so far.
  using Sample = std::array<double, 5>;

  // Samples come in order of time.
  void add(const Sample& sample);
  void mark(double at_s, std::string name);

  std::vector<Sample> samples;
  std::vector<std::pair<double, std::string>> marks;  // when a phase began, and its name
  uint32_t stride = 1;  // how many looks make one kept sample now: 1, 2, 4 ...
};
BOOST_DESCRIBE_STRUCT(Timeline, (), (samples, marks))

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
  const uint64_t start_ns_;
  std::mutex mutex_;  // of timeline_
  std::condition_variable_any waker_;
  Timeline timeline_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tocsin::bench::drill
