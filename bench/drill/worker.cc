#include "drill/worker.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "drill/arrival_book.h"
#include "drill/channel.h"
#include "drill/swarm.h"

namespace tocsin::drill {
namespace {

constexpr uint32_t channel_token = UINT32_MAX;
constexpr uint64_t status_ms = 100;
constexpr int events_max = 256;
constexpr int worker_niceness = -10;

void raise_files_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

// Real devices have processors of their own. Here they share the server's, so they go first, where
// the system allows it: else what is measured is how long a push waits to be read.
void go_first() { setpriority(PRIO_PROCESS, 0, worker_niceness); }

class Worker {
 public:
  Worker(Channel channel, int book_fd)
      : channel_(std::move(channel)), book_fd_(book_fd), epoll_fd_(epoll_create1(EPOLL_CLOEXEC)) {
    TOCSIN_CHECK(epoll_fd_ >= 0);
  }
  ~Worker() {
    swarm_.reset();
    ::close(epoll_fd_);
  }

  // Until told to stop, or unable to go on, which it tells the coordinator.
  absl::Status run();

 private:
  absl::Status serve();
  absl::Status wait_for_plan();
  absl::Status begin(const Plan& plan);
  absl::Status take_orders();
  absl::Status report(uint64_t now_ms);
  bool is_urgent(const Status& status) const;

  Channel channel_;
  int book_fd_;
  int epoll_fd_;
  std::optional<ArrivalBook> book_;
  std::unique_ptr<Swarm> swarm_;
  uint32_t devices_ = 0;
  uint32_t armed_round_ = 0;
  bool is_stopped_ = false;
  Status reported_;
  uint64_t reported_ms_ = 0;
};

absl::Status Worker::run() {
  absl::Status status = serve();
  if (!status.ok()) channel_.send(Failed{std::string(status.message())}).IgnoreError();
  return status;
}

absl::Status Worker::serve() {
  if (absl::Status status = wait_for_plan(); !status.ok() || is_stopped_) return status;
  std::array<epoll_event, events_max> events;
  while (!is_stopped_) {
    const int ready = epoll_wait(epoll_fd_, events.data(), events_max,
                                 static_cast<int>(swarm_->wait_ms(monotonic_ms())));
    if (ready < 0 && errno != EINTR) return absl::InternalError("epoll_wait failed");
    const uint64_t now_ms = monotonic_ms();
    for (int i = 0; i < ready; ++i) {
      const uint32_t token = events[static_cast<size_t>(i)].data.u32;
      if (token != channel_token) {
        swarm_->on_ready(token, now_ms);
      } else if (absl::Status status = take_orders(); !status.ok()) {
        return status;
      }
    }
    swarm_->on_time(now_ms);
    if (absl::Status status = report(now_ms); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Worker::wait_for_plan() {
  while (swarm_ == nullptr && !is_stopped_) {
    pollfd waited{channel_.fd(), POLLIN, 0};
    poll(&waited, 1, -1);
    if (absl::Status status = take_orders(); !status.ok()) return status;
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = channel_token;
  TOCSIN_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, channel_.fd(), &event) == 0);
  return absl::OkStatus();
}

absl::Status Worker::take_orders() {
  const absl::Status received = channel_.receive();
  WorkerMessage message;
  absl::StatusOr<bool> has_one = channel_.next(message);
  for (; has_one.ok() && *has_one; has_one = channel_.next(message)) {
    if (const Plan* plan = std::get_if<Plan>(&message); plan != nullptr && swarm_ == nullptr) {
      if (absl::Status begun = begin(*plan); !begun.ok()) return begun;
    } else if (const Arm* arm = std::get_if<Arm>(&message)) {
      armed_round_ = arm->round;
      if (swarm_ != nullptr) swarm_->look_at_stuck();
    } else if (std::holds_alternative<Stop>(message)) {
      is_stopped_ = true;
    } else {
      return absl::InvalidArgumentError("the coordinator sent what it should not");
    }
  }
  if (!has_one.ok()) return has_one.status();
  // Without a coordinator there is nothing left to do.
  if (!received.ok()) is_stopped_ = true;
  return absl::OkStatus();
}

absl::Status Worker::begin(const Plan& plan) {
  absl::StatusOr<ArrivalBook> book = ArrivalBook::open(book_fd_, plan.fleet_devices, plan.rounds);
  if (!book.ok()) return book.status();
  book_ = *std::move(book);
  devices_ = plan.devices;
  auto swarm = Swarm::create(plan, *book_, epoll_fd_, monotonic_ms());
  if (!swarm.ok()) return swarm.status();
  swarm_ = *std::move(swarm);
  return absl::OkStatus();
}

// What the coordinator waits for is told at once, the rest ten times a second.
bool Worker::is_urgent(const Status& status) const {
  return (status.live == devices_ && reported_.live != devices_) ||
         (status.got_armed == swarm_->reading_devices() && reported_.got_armed != status.got_armed);
}

absl::Status Worker::report(uint64_t now_ms) {
  const Status status = swarm_->status(armed_round_);
  if (status == reported_) return absl::OkStatus();
  if (now_ms < reported_ms_ + status_ms && !is_urgent(status)) return absl::OkStatus();
  reported_ = status;
  reported_ms_ = now_ms;
  if (!channel_.send(status).ok()) is_stopped_ = true;
  return absl::OkStatus();
}

}  // namespace

int run_worker(int channel_fd, int book_fd) {
  std::signal(SIGPIPE, SIG_IGN);
  go_first();
  raise_files_limit();
  Worker worker(Channel(channel_fd), book_fd);
  return worker.run().ok() ? 0 : 1;
}

}  // namespace tocsin::drill
