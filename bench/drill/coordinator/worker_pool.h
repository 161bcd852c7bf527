// WorkerPool: the coordinator's view of its worker processes.
//
// Thread: the main thread, the only one when it is started.  Bound: one board per worker.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "drill/fleet/arrivals.h"
#include "drill/fleet/plan.h"
#include "drill/fleet/worker.h"
#include "harness/child_process.h"
#include "harness/stop_signal.h"

namespace tocsin::bench::drill {

// Turns: which workers connect their share now, so that a machine with few CPUs does not run a
// hundred processes at once (bench/README.md, "Many servers"). The next begins when one is nearly
// through.
//
//   waiting --next()--> connecting --nearly all connected, or stalled_ms without another--> through
class Turns {
 public:
  // A worker whose devices cannot connect must not keep the others from it.
  static constexpr uint64_t stalled_ms = 10'000;

  // Workers with that many devices each; `at_once` of them connect at a time, all if it is 0.
  Turns(std::vector<uint32_t> devices, uint32_t at_once);

  // The worker that is to begin at `now_ms`, if there is one; call again until there is none.
  std::optional<uint32_t> next(uint64_t now_ms);

  // So many devices of `worker` are connected, or never will be.
  void on_progress(uint32_t worker, uint32_t settled, uint64_t now_ms);

 private:
  struct Member {
    uint32_t devices = 0;
    uint32_t settled = 0;
    uint64_t moved_ms = 0;  // when that last grew
  };

  bool is_through(const Member& member, uint64_t now_ms) const;

  std::vector<Member> members_;
  uint32_t at_once_;
  uint32_t begun_ = 0;                // that many, from the first, have had their turn, or have it
  std::vector<uint32_t> connecting_;  // those that have it
};

class WorkerPool {
 public:
  // Start one process for each plan. They wait until begin(), and end with this.
  static absl::StatusOr<WorkerPool> start(const std::vector<Plan>& plans, const ArrivalBook& book);

  // Let every worker connect its share, `at_once` of them at a time (0: all; see Turns). Those
  // whose turn has not come begin in wait().
  void begin(uint32_t at_once);

  // Until `is_done`, or the monotonic time `deadline_ms`; `on_report` is called a few times a
  // second. True when done. CANCELLED when a signal came, UNAVAILABLE when a worker ended, or what
  // `on_report` returned.
  absl::StatusOr<bool> wait(const std::function<bool()>& is_done, uint64_t deadline_ms,
                            const StopSignal& stop, const std::function<absl::Status()>& on_report);
  // Have totals().stuck_unread_bytes brought up to date.
  absl::Status look_at_stuck(const StopSignal& stop);

  // Sums over the workers, as of the last wait(); last_failure is of any.
  const WorkerStatus& totals() const { return totals_; }
  std::vector<int> pids() const;

 private:
  struct Member {
    uint32_t devices;
    ChildProcess process;
  };

  explicit WorkerPool(SharedArray<WorkerBoard> boards) : boards_(std::move(boards)) {}
  absl::Status read_boards();
  absl::Status check_processes();
  void begin_those_due();

  SharedArray<WorkerBoard> boards_;
  std::vector<Member> workers_;
  Turns turns_{{}, 0};
  WorkerStatus totals_;
  uint32_t looks_ = 0;
};

}  // namespace tocsin::bench::drill
