// Worker: the process that simulates a share of the fleet.
//
//   wait for begin_signal -> connect all, and serve them until it is ended
//
// One thread, one epoll. The system ends it with its coordinator.
//
// Thread: its process's only one.
#pragma once

#include <atomic>
#include <csignal>

#include "drill/fleet/arrivals.h"
#include "drill/fleet/plan.h"

namespace tocsin::bench::drill {

// To be blocked by the process that makes a worker, so that it can come before it is waited for.
inline constexpr int begin_signal = SIGUSR1;

// What a worker tells of itself, in memory that the coordinator sees (a sequence lock).
class WorkerBoard {
 public:
  // By the worker.
  void tell(const WorkerStatus& status);
  // By the coordinator: what was told last.
  WorkerStatus read() const;

  // The coordinator wants so many looks at the stuck devices; the worker takes them.
  std::atomic<uint32_t> stuck_looks_wanted;

 private:
  std::atomic<uint32_t> version_;  // odd while it is being written
  WorkerStatus status_;
};

// Simulate the devices of `plan`. Returns the process's exit code, when it cannot go on.
int run_worker(const Plan& plan, const ArrivalBook& book, WorkerBoard& board);

}  // namespace tocsin::bench::drill
