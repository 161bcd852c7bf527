// WorkerPool: the coordinator's view of its worker processes.
//
// Thread: the main thread, the only one when it is started.  Bound: one status per worker.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "drill/coordinator/turns.h"
#include "drill/fleet/arrivals.h"
#include "drill/fleet/plan.h"
#include "drill/fleet/worker.h"
#include "harness/child_process.h"
#include "harness/stop_signal.h"

namespace tocsin::drill {

class WorkerPool {
 public:
  // Start one process for each plan. They wait until begin().
  static absl::StatusOr<WorkerPool> start(const std::vector<Plan>& plans, const ArrivalBook& book);
  WorkerPool(WorkerPool&&) noexcept = default;
  WorkerPool& operator=(WorkerPool&&) = delete;
  ~WorkerPool();  // ends all of them

  // Let every worker connect its share, `at_once` of them at a time (0: all; see turns.h). Those
  // whose turn has not come begin in wait().
  absl::Status begin(uint32_t at_once);
  // From now on totals().got_armed counts the alert of this round.
  absl::Status arm(uint32_t round);

  // Take reports until `is_done(totals())`, or the monotonic time `deadline_ms`; `on_report` is
  // called after each, at least every 250 ms. True when done. CANCELLED when a signal came,
  // UNAVAILABLE when a worker ended, or what `on_report` returned.
  absl::StatusOr<bool> wait(const std::function<bool(const WorkerStatus&)>& is_done,
                            uint64_t deadline_ms, const harness::StopSignal& stop,
                            const std::function<absl::Status(const WorkerStatus&)>& on_report);

  // Sums over the workers; last_failure is of any.
  const WorkerStatus& totals() const { return totals_; }
  uint32_t size() const { return static_cast<uint32_t>(workers_.size()); }
  std::vector<int> pids() const;

 private:
  struct Member {
    uint32_t devices;
    harness::ChildProcess process;
    Channel channel;
    WorkerStatus status;
  };

  WorkerPool() = default;
  absl::Status take_reports(uint32_t worker);
  absl::Status begin_those_due();
  void add_up();

  std::vector<Member> workers_;
  Turns turns_{{}, 0};
  WorkerStatus totals_;
  uint32_t armed_round_ = 0;
};

}  // namespace tocsin::drill
