#include "drill/coordinator/worker_pool.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/clock.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
namespace {

// Short, because the server's CPU time is read when the last device has its alert.
constexpr uint32_t look_again_ms = 2;
constexpr uint64_t report_ms = 250;
constexpr uint64_t look_ms_max = 2'000;
// The last devices of a worker leave the CPUs idle: let the next one begin before.
constexpr uint32_t nearly_all_percent = 98;

}  // namespace

Turns::Turns(std::vector<uint32_t> devices, uint32_t at_once)
    : at_once_(at_once == 0 ? static_cast<uint32_t>(devices.size()) : at_once) {
  for (const uint32_t count : devices) members_.push_back({count, 0, 0});
}

std::optional<uint32_t> Turns::next(uint64_t now_ms) {
  std::erase_if(connecting_, [&](uint32_t worker) { return is_through(members_[worker], now_ms); });
  if (begun_ == members_.size() || connecting_.size() >= at_once_) return std::nullopt;
  members_[begun_].moved_ms = now_ms;
  connecting_.push_back(begun_);
  return begun_++;
}

void Turns::on_progress(uint32_t worker, uint32_t settled, uint64_t now_ms) {
  Member& member = members_[worker];
  if (settled <= member.settled) return;
  member.settled = settled;
  member.moved_ms = now_ms;
}

bool Turns::is_through(const Member& member, uint64_t now_ms) const {
  const uint64_t nearly_all = (uint64_t{member.devices} * nearly_all_percent + 99) / 100;
  return member.settled >= nearly_all || now_ms >= member.moved_ms + stalled_ms;
}

absl::StatusOr<WorkerPool> WorkerPool::start(const std::vector<Plan>& plans,
                                             const ArrivalBook& book) {
  TOCSIN_TAKE(SharedArray<WorkerBoard> boards, SharedArray<WorkerBoard>::create(plans.size()));
  WorkerPool pool(std::move(boards));
  sigset_t begin;
  sigemptyset(&begin);
  sigaddset(&begin, begin_signal);
  sigprocmask(SIG_BLOCK, &begin, nullptr);
  for (size_t i = 0; i < plans.size(); ++i) {
    TOCSIN_TAKE(auto process, ChildProcess::fork_off(
                                  {}, [&] { return run_worker(plans[i], book, pool.boards_[i]); }));
    pool.workers_.push_back({plans[i].share.count, std::move(process)});
  }
  return pool;
}

void WorkerPool::begin(uint32_t at_once) {
  std::vector<uint32_t> devices;
  for (const Member& member : workers_) devices.push_back(member.devices);
  turns_ = Turns(std::move(devices), at_once);
  begin_those_due();
}

void WorkerPool::begin_those_due() {
  const uint64_t now_ms = monotonic_ms();
  for (auto worker = turns_.next(now_ms); worker.has_value(); worker = turns_.next(now_ms)) {
    kill(workers_[*worker].process.pid(), begin_signal);
  }
}

absl::StatusOr<bool> WorkerPool::wait(const std::function<bool()>& is_done, uint64_t deadline_ms,
                                      const StopSignal& stop,
                                      const std::function<absl::Status()>& on_report) {
  uint64_t reported_ms = 0;
  while (true) {
    TOCSIN_TRY(read_boards());
    if (is_done()) return true;
    const uint64_t now_ms = monotonic_ms();
    if (now_ms >= deadline_ms) return false;
    if (now_ms >= reported_ms + report_ms) {
      reported_ms = now_ms;
      TOCSIN_TRY(check_processes());
      TOCSIN_TRY(on_report());
    }
    begin_those_due();
    TOCSIN_TRY(stop.sleep_ms(look_again_ms));
  }
}

absl::Status WorkerPool::look_at_stuck(const StopSignal& stop) {
  ++looks_;
  for (size_t i = 0; i < workers_.size(); ++i) boards_[i].stuck_looks_wanted = looks_;
  return wait([this] { return totals_.stuck_looks == looks_; }, monotonic_ms() + look_ms_max, stop,
              [] { return absl::OkStatus(); })
      .status();
}

absl::Status WorkerPool::read_boards() {
  const uint64_t now_ms = monotonic_ms();
  totals_ = {};
  totals_.stuck_looks = UINT32_MAX;
  for (uint32_t i = 0; i < workers_.size(); ++i) {
    const WorkerStatus status = boards_[i].read();
    if (status.has_failed) {
      return absl::UnavailableError(fmt::format("a worker gave up: {}", status.last_failure));
    }
    turns_.on_progress(i, status.live + status.given_up, now_ms);
    totals_.live += status.live;
    totals_.given_up += status.given_up;
    totals_.handshakes += status.handshakes;
    totals_.resumed += status.resumed;
    totals_.failures += status.failures;
    totals_.reconnects += status.reconnects;
    totals_.stuck_unread_bytes += status.stuck_unread_bytes;
    totals_.stuck_looks = std::min(totals_.stuck_looks, status.stuck_looks);
    if (status.last_failure[0] != 0) totals_.set_last_failure(status.last_failure);
  }
  return absl::OkStatus();
}

absl::Status WorkerPool::check_processes() {
  for (Member& member : workers_) {
    if (member.process.is_running()) continue;
    return absl::UnavailableError(
        fmt::format("a worker ended ({})", member.process.how_it_ended()));
  }
  return absl::OkStatus();
}

std::vector<int> WorkerPool::pids() const {
  std::vector<int> pids;
  for (const Member& member : workers_) pids.push_back(member.process.pid());
  return pids;
}

}  // namespace tocsin::bench::drill
