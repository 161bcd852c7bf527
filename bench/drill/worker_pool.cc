#include "drill/worker_pool.h"

#include <algorithm>
#include <fmt/format.h>
#include <poll.h>
#include <string>
#include <utility>

#include "base/clock.h"
#include "drill/worker.h"

namespace tocsin::drill {
namespace {

constexpr uint64_t report_wait_ms = 250;
constexpr int stop_grace_ms = 5000;

}  // namespace

absl::StatusOr<WorkerPool> WorkerPool::start(const std::vector<Share>& shares,
                                             const ArrivalBook& book) {
  WorkerPool pool;
  for (const Share& share : shares) {
    absl::StatusOr<std::pair<Channel, Channel>> ends = Channel::create_pair();
    if (!ends.ok()) return ends.status();
    ChildProcess::Options options;
    options.command = {"/proc/self/exe", worker_command, std::to_string(ends->second.fd()),
                       std::to_string(book.fd())};
    options.inherited_fds = {ends->second.fd(), book.fd()};
    absl::StatusOr<ChildProcess> process = ChildProcess::start(options);
    if (!process.ok()) return process.status();
    pool.workers_.push_back({share, *std::move(process), std::move(ends->first), {}, {}});
  }
  return pool;
}

WorkerPool::~WorkerPool() { stop(); }

absl::Status WorkerPool::begin(
    const Plan& plan, uint32_t at_once,
    const std::function<std::vector<Gateway>(const Share&)>& gateways_for) {
  std::vector<uint32_t> devices;
  for (Member& member : workers_) {
    member.plan = plan;
    member.plan.first_device = member.share.first;
    member.plan.devices = member.share.count;
    member.plan.gateways = gateways_for(member.share);
    devices.push_back(member.share.count);
  }
  turns_ = Turns(std::move(devices), at_once);
  return begin_those_due();
}

absl::Status WorkerPool::begin_those_due() {
  const uint64_t now_ms = monotonic_ms();
  for (auto worker = turns_.next(now_ms); worker.has_value(); worker = turns_.next(now_ms)) {
    Member& member = workers_[*worker];
    const Plan plan = std::exchange(member.plan, {});
    if (absl::Status sent = member.channel.send(plan); !sent.ok()) return sent;
  }
  return absl::OkStatus();
}

absl::Status WorkerPool::arm(uint32_t round) {
  armed_round_ = round;
  add_up();
  return send_to_all(Arm{round});
}

absl::Status WorkerPool::send_to_all(const WorkerMessage& message) {
  for (Member& member : workers_) {
    if (absl::Status sent = member.channel.send(message); !sent.ok()) return sent;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> WorkerPool::wait(const std::function<bool(const Status&)>& is_done,
                                      uint64_t deadline_ms, const StopSignal& stop,
                                      const std::function<absl::Status(const Status&)>& on_report) {
  std::vector<pollfd> waited;
  for (const Member& member : workers_) waited.push_back({member.channel.fd(), POLLIN, 0});
  waited.push_back({stop.fd(), POLLIN, 0});
  while (!is_done(totals_)) {
    const uint64_t now_ms = monotonic_ms();
    if (now_ms >= deadline_ms) return false;
    poll(waited.data(), waited.size(),
         static_cast<int>(std::min(report_wait_ms, deadline_ms - now_ms)));
    if (stop.requested()) return absl::CancelledError("interrupted");
    for (uint32_t i = 0; i < workers_.size(); ++i) {
      if (waited[i].revents == 0) continue;
      if (absl::Status taken = take_reports(i); !taken.ok()) return taken;
    }
    if (absl::Status begun = begin_those_due(); !begun.ok()) return begun;
    add_up();
    if (absl::Status status = on_report(totals_); !status.ok()) return status;
  }
  return true;
}

absl::Status WorkerPool::take_reports(uint32_t worker) {
  Member& member = workers_[worker];
  const absl::Status received = member.channel.receive();
  WorkerMessage message;
  absl::StatusOr<bool> has_one = member.channel.next(message);
  for (; has_one.ok() && *has_one; has_one = member.channel.next(message)) {
    if (const Status* status = std::get_if<Status>(&message)) {
      member.status = *status;
      turns_.on_progress(worker, status->live + status->given_up, monotonic_ms());
    } else if (const Failed* failed = std::get_if<Failed>(&message)) {
      return absl::UnavailableError(fmt::format("a worker gave up: {}", failed->reason));
    } else {
      return absl::InternalError("a worker sent what it should not");
    }
  }
  if (!has_one.ok()) return has_one.status();
  if (received.ok()) return absl::OkStatus();
  member.process.end(stop_grace_ms);
  return absl::UnavailableError(fmt::format("a worker ended ({})", member.process.how_it_ended()));
}

void WorkerPool::add_up() {
  totals_ = {};
  for (const Member& member : workers_) {
    const Status& status = member.status;
    totals_.live += status.live;
    totals_.given_up += status.given_up;
    // A report may have been under way when the round was armed.
    if (status.armed_round == armed_round_) totals_.got_armed += status.got_armed;
    totals_.handshakes += status.handshakes;
    totals_.resumed += status.resumed;
    totals_.failures += status.failures;
    totals_.reconnects += status.reconnects;
    totals_.stuck_unread_bytes += status.stuck_unread_bytes;
    if (!status.last_failure.empty()) totals_.last_failure = status.last_failure;
  }
}

std::vector<int> WorkerPool::pids() const {
  std::vector<int> pids;
  for (const Member& member : workers_) pids.push_back(member.process.pid());
  return pids;
}

void WorkerPool::stop() {
  for (Member& member : workers_) member.channel.send(Stop{}).IgnoreError();
  for (Member& member : workers_) {
    const uint64_t deadline_ms = monotonic_ms() + stop_grace_ms;
    while (member.process.is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, 5);
  }
  workers_.clear();
}

}  // namespace tocsin::drill
