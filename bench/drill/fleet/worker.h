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

// What a worker tells of itself, in memory that the coordinator sees: two copies in turn. What was
// told last stays whole while the next is written, so a worker that is interrupted there, or dies,
// keeps nobody waiting and leaves nothing torn.
class WorkerBoard {
 public:
  // By the worker.
  void tell(const WorkerStatus& status);
  // By the coordinator: what was told last.
  WorkerStatus read() const;

  // The coordinator wants this many looks at the stuck devices; the worker takes them.
  std::atomic<uint32_t> stuck_looks_wanted;

 private:
  std::atomic<uint32_t> version_;  // how often it has been told
  WorkerStatus told_[2];           // the last at version_ % 2
};

// Simulate the devices of `plan`. Returns the process's exit code, when it cannot go on.
int run_worker(const Plan& plan, const ArrivalBook& book, WorkerBoard& board);

}  // namespace tocsin::bench::drill
