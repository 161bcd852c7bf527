// WorkerPool: the coordinator's view of its worker processes.
//
// Thread: the main thread.  Bound: one status per worker.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "drill/arrival_book.h"
#include "drill/channel.h"
#include "drill/child_process.h"
#include "drill/fleet_plan.h"
#include "drill/stop_signal.h"
#include "drill/turns.h"
#include "drill/worker_protocol.h"

namespace tocsin::drill {

class WorkerPool {
 public:
  // Start one process for each share. They wait until begin().
  static absl::StatusOr<WorkerPool> start(const std::vector<Share>& shares,
                                          const ArrivalBook& book);
  WorkerPool(WorkerPool&&) noexcept = default;
  WorkerPool& operator=(WorkerPool&&) = delete;
  ~WorkerPool();  // stop()

  // Let every worker connect its share, `at_once` of them at a time (0: all; see turns.h). Those
  // whose turn has not come begin in wait(). `plan` holds what is common to all, `gateways_for`
  // where the devices of a share connect to.
  absl::Status begin(const Plan& plan, uint32_t at_once,
                     const std::function<std::vector<Gateway>(const Share&)>& gateways_for);
  // From now on totals().got_armed counts the alert of this round.
  absl::Status arm(uint32_t round);

  // Take reports until `is_done(totals())`, or the monotonic time `deadline_ms`; `on_report` is
  // called after each, at least every 250 ms. True when done. CANCELLED when a signal came,
  // UNAVAILABLE when a worker ended, or what `on_report` returned.
  absl::StatusOr<bool> wait(const std::function<bool(const Status&)>& is_done, uint64_t deadline_ms,
                            const StopSignal& stop,
                            const std::function<absl::Status(const Status&)>& on_report);

  // Sums over the workers; last_failure is of any.
  const Status& totals() const { return totals_; }
  uint32_t size() const { return static_cast<uint32_t>(workers_.size()); }
  std::vector<int> pids() const;

  // End all of them.
  void stop();

 private:
  struct Member {
    Share share;
    ChildProcess process;
    Channel channel;
    Status status;
    Plan plan;  // until its turn
  };

  WorkerPool() = default;
  absl::Status take_reports(uint32_t worker);
  absl::Status begin_those_due();
  absl::Status send_to_all(const WorkerMessage& message);
  void add_up();

  std::vector<Member> workers_;
  Turns turns_{{}, 0};
  Status totals_;
  uint32_t armed_round_ = 0;
};

}  // namespace tocsin::drill
