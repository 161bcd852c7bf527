#include "drill/coordinator/worker_pool.h"

#include <algorithm>
#include <fmt/format.h>
#include <poll.h>

#include "base/clock.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
namespace {

constexpr uint64_t report_wait_ms = 250;
constexpr int stop_grace_ms = 5000;
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
  WorkerPool pool;
  for (const Plan& plan : plans) {
    TOCSIN_TAKE(auto ends, Channel::create_pair());
    TOCSIN_TAKE(auto process, ChildProcess::fork_off({ends.second.fd()}, [&] {
                  return run_worker(plan, book, std::move(ends.second));
                }));
    pool.workers_.push_back({plan.share.count, std::move(process), std::move(ends.first), {}});
  }
  return pool;
}

absl::Status WorkerPool::begin(uint32_t at_once) {
  std::vector<uint32_t> devices;
  for (const Member& member : workers_) devices.push_back(member.devices);
  turns_ = Turns(std::move(devices), at_once);
  return begin_those_due();
}

absl::Status WorkerPool::begin_those_due() {
  const uint64_t now_ms = monotonic_ms();
  for (auto worker = turns_.next(now_ms); worker.has_value(); worker = turns_.next(now_ms)) {
    TOCSIN_TRY(workers_[*worker].channel.send(Order{Order::Kind::begin}));
  }
  return absl::OkStatus();
}

absl::Status WorkerPool::arm(uint32_t round) {
  armed_round_ = round;
  add_up();
  for (Member& member : workers_) {
    TOCSIN_TRY(member.channel.send(Order{Order::Kind::arm, round}));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> WorkerPool::wait(
    const std::function<bool(const WorkerStatus&)>& is_done, uint64_t deadline_ms,
    const StopSignal& stop, const std::function<absl::Status(const WorkerStatus&)>& on_report) {
  std::vector<pollfd> waited;
  for (const Member& member : workers_) waited.push_back({member.channel.fd(), POLLIN, 0});
  waited.push_back({stop.fd(), POLLIN, 0});
  while (!is_done(totals_)) {
    const uint64_t now_ms = monotonic_ms();
    if (now_ms >= deadline_ms) return false;
    poll(waited.data(), waited.size(),
         static_cast<int>(std::min(report_wait_ms, deadline_ms - now_ms)));
    TOCSIN_TRY(stop.check());
    for (uint32_t i = 0; i < workers_.size(); ++i) {
      if (waited[i].revents != 0) TOCSIN_TRY(take_reports(i));
    }
    TOCSIN_TRY(begin_those_due());
    add_up();
    TOCSIN_TRY(on_report(totals_));
  }
  return true;
}

absl::Status WorkerPool::take_reports(uint32_t worker) {
  Member& member = workers_[worker];
  absl::StatusOr<bool> has_one = member.channel.receive(member.status);
  for (; has_one.ok() && *has_one; has_one = member.channel.receive(member.status)) {
    const WorkerStatus& status = member.status;
    if (status.has_failed) {
      return absl::UnavailableError(fmt::format("a worker gave up: {}", status.last_failure));
    }
    turns_.on_progress(worker, status.live + status.given_up, monotonic_ms());
  }
  if (has_one.ok()) return absl::OkStatus();
  member.process.end(stop_grace_ms);
  return absl::UnavailableError(fmt::format("a worker ended ({})", member.process.how_it_ended()));
}

void WorkerPool::add_up() {
  totals_ = {};
  for (const Member& member : workers_) {
    const WorkerStatus& status = member.status;
    totals_.live += status.live;
    totals_.given_up += status.given_up;
    // A report may have been under way when the round was armed.
    if (status.armed_round == armed_round_) totals_.got_armed += status.got_armed;
    totals_.handshakes += status.handshakes;
    totals_.resumed += status.resumed;
    totals_.failures += status.failures;
    totals_.reconnects += status.reconnects;
    totals_.stuck_unread_bytes += status.stuck_unread_bytes;
    if (status.last_failure[0] != 0) totals_.set_last_failure(status.last_failure);
  }
}

std::vector<int> WorkerPool::pids() const {
  std::vector<int> pids;
  for (const Member& member : workers_) pids.push_back(member.process.pid());
  return pids;
}

WorkerPool::~WorkerPool() {
  for (Member& member : workers_) member.channel.send(Order{}).IgnoreError();
  for (Member& member : workers_) {
    const uint64_t deadline_ms = monotonic_ms() + stop_grace_ms;
    while (member.process.is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, 5);
  }
}

}  // namespace tocsin::bench::drill
