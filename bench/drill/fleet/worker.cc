#include "drill/fleet/worker.h"

#include <cerrno>
#include <csignal>
#include <memory>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "drill/fleet/swarm.h"
#include "harness/client/loopback.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
namespace {

constexpr uint64_t status_ms = 100;
constexpr int worker_niceness = -10;

class Worker {
 public:
  Worker(const Plan& plan, const ArrivalBook& book, Channel channel)
      : plan_(plan), book_(book), channel_(std::move(channel)) {}

  // Until told to stop, or unable to go on, which it tells the coordinator.
  absl::Status run() {
    absl::Status status = serve();
    if (!status.ok()) {
      reported_.has_failed = true;
      reported_.set_last_failure(std::string(status.message()));
      channel_.send(reported_).IgnoreError();
    }
    return status;
  }

 private:
  absl::Status serve() {
    while (!has_begun_ && !is_stopped_) {
      pollfd waited{channel_.fd(), POLLIN, 0};
      poll(&waited, 1, -1);
      TOCSIN_TRY(take_orders());
    }
    if (is_stopped_) return absl::OkStatus();
    TOCSIN_TAKE(swarm_, Swarm::create(plan_, book_, monotonic_ms()));
    swarm_->watch(channel_.fd(), [this] { return take_orders(); });
    while (!is_stopped_) {
      TOCSIN_TRY(swarm_->serve(UINT32_MAX));
      report(monotonic_ms());
    }
    return absl::OkStatus();
  }

  absl::Status take_orders() {
    Order order;
    absl::StatusOr<bool> has_one = channel_.receive(order);
    for (; has_one.ok() && *has_one; has_one = channel_.receive(order)) {
      has_begun_ = has_begun_ || order.kind == Order::Kind::begin;
      is_stopped_ = is_stopped_ || order.kind == Order::Kind::stop;
      if (order.kind != Order::Kind::arm) continue;
      armed_round_ = order.round;
      if (swarm_ != nullptr) swarm_->look_at_stuck();
    }
    // Without a coordinator there is nothing left to do.
    if (absl::IsUnavailable(has_one.status())) is_stopped_ = true;
    return is_stopped_ ? absl::OkStatus() : has_one.status();
  }

  // What the coordinator waits for is told at once, the rest ten times a second.
  bool is_urgent(const WorkerStatus& status) const {
    return (status.live == plan_.share.count && reported_.live != plan_.share.count) ||
           (status.got_armed == swarm_->reading_devices() &&
            reported_.got_armed != status.got_armed);
  }

  void report(uint64_t now_ms) {
    const WorkerStatus status = swarm_->status(armed_round_);
    if (status == reported_) return;
    if (now_ms < reported_ms_ + status_ms && !is_urgent(status)) return;
    reported_ = status;
    reported_ms_ = now_ms;
    if (!channel_.send(status).ok()) is_stopped_ = true;
  }

  const Plan& plan_;
  const ArrivalBook& book_;
  Channel channel_;
  std::unique_ptr<Swarm> swarm_;
  uint32_t armed_round_ = 0;
  bool has_begun_ = false;
  bool is_stopped_ = false;
  WorkerStatus reported_;
  uint64_t reported_ms_ = 0;
};

}  // namespace

absl::StatusOr<std::pair<Channel, Channel>> Channel::create_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    return system_error("cannot make a socket pair");
  }
  return std::pair{Channel(fds[0]), Channel(fds[1])};
}

Channel::~Channel() {
  if (fd_ >= 0) ::close(fd_);
}

Channel& Channel::operator=(Channel&& from) noexcept {
  std::swap(fd_, from.fd_);
  return *this;
}

absl::Status Channel::send_bytes(const void* bytes, size_t size) {
  ssize_t n = 0;
  do {
    n = ::send(fd_, bytes, size, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(size)) return absl::OkStatus();
  return system_error("the other process is gone");
}

absl::StatusOr<bool> Channel::receive_bytes(void* bytes, size_t size) {
  const ssize_t n = recv(fd_, bytes, size, MSG_DONTWAIT);
  if (n == static_cast<ssize_t>(size)) return true;
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return false;
  return absl::UnavailableError("the other process is gone");
}

int run_worker(const Plan& plan, const ArrivalBook& book, Channel channel) {
  std::signal(SIGPIPE, SIG_IGN);
  // Real devices have processors of their own. Here they share the server's, so they go first,
  // where the system allows it: else what is measured is how long a push waits to be read.
  setpriority(PRIO_PROCESS, 0, worker_niceness);
  raise_files_limit();
  return Worker(plan, book, std::move(channel)).run().ok() ? 0 : 1;
}

}  // namespace tocsin::bench::drill
