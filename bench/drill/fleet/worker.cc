#include "drill/fleet/worker.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "drill/fleet/swarm.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
namespace {

constexpr int worker_niceness = -10;

// Returns only an error.
absl::Status serve(const Plan& plan, const ArrivalBook& book, WorkerBoard& board) {
  TOCSIN_TAKE(const auto swarm, Swarm::create(plan, book, monotonic_ms()));
  WorkerStatus told;
  while (true) {
    TOCSIN_TRY(swarm->serve(UINT32_MAX));
    if (told.stuck_looks < board.stuck_looks_wanted) swarm->look_at_stuck();
    const WorkerStatus status = swarm->status();
    if (status == told) continue;
    told = status;
    board.tell(told);
  }
}

}  // namespace

void WorkerBoard::tell(const WorkerStatus& status) {
  const uint32_t next = version_.load(std::memory_order_relaxed) + 1;
  // Who sees this being written sees the version before it, too, and reads again.
  std::atomic_thread_fence(std::memory_order_release);
  told_[next % 2] = status;
  version_.store(next, std::memory_order_release);
}

WorkerStatus WorkerBoard::read() const {
  while (true) {
    const uint32_t version = version_.load(std::memory_order_acquire);
    const WorkerStatus status = told_[version % 2];
    std::atomic_thread_fence(std::memory_order_acquire);
    if (version_.load(std::memory_order_relaxed) == version) return status;
  }
}

int run_worker(const Plan& plan, const ArrivalBook& book, WorkerBoard& board) {
  sigset_t begin;
  sigemptyset(&begin);
  sigaddset(&begin, begin_signal);
  int came = 0;
  sigwait(&begin, &came);
  std::signal(SIGPIPE, SIG_IGN);
  // Real devices have processors of their own. Here they share the server's, so they go first,
  // where the system allows it: else what is measured is how long a push waits to be read.
  setpriority(PRIO_PROCESS, 0, worker_niceness);
  raise_files_limit();
  const absl::Status why = serve(plan, book, board);
  WorkerStatus last = board.read();
  last.has_failed = true;
  last.set_last_failure(std::string(why.message()));
  board.tell(last);
  return 1;
}

}  // namespace tocsin::bench::drill
