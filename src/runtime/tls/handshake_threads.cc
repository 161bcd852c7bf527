#include "runtime/tls/handshake_threads.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <fmt/format.h>
#include <list>
#include <malloc.h>
#include <map>
#include <mutex>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "runtime/io_thread.h"

namespace tocsin::runtime {
namespace {

// Background work: a shard that must send goes first.
constexpr int niceness = 5;
// malloc_trim holds every arena's lock for tens of milliseconds after a big storm.
constexpr uint64_t trim_interval_ms = 5'000;
// So many at once leave enough free heap behind (54 KB each) to be worth giving back.
constexpr uint32_t storm_handshakes = 32;
constexpr int events_per_wait = 64;

// What the threads of one pool share.
struct Shared {
  explicit Shared(HandshakeThreadsOptions options) : options(options) {}

  // Count one more, unless the pool is full.
  bool admit() {
    const uint32_t max = options.in_flight_max * (options.shed_longest_waiting ? 2 : 1);
    uint32_t now = in_flight.load();
    while (now < max) {
      if (in_flight.compare_exchange_weak(now, now + 1)) {
        if (now + 1 >= storm_handshakes) storm.store(true);
        return true;
      }
    }
    return false;
  }

  // Only those that have begun hold memory.
  bool has_too_many_begun() const { return begun.load() >= options.in_flight_max; }

  // Give the heap of a storm back once it has drained. Milliseconds until that may be worth a try,
  // or -1 when there is nothing to do.
  int64_t trim_after_storm(uint64_t now_ms) {
    if (!storm.load() || in_flight.load() > storm_handshakes / 4) return -1;
    uint64_t earliest_ms = trim_not_before_ms.load();
    if (now_ms < earliest_ms) return static_cast<int64_t>(earliest_ms - now_ms);
    if (!trim_not_before_ms.compare_exchange_strong(earliest_ms, now_ms + trim_interval_ms)) {
      return -1;
    }
    storm.store(false);
    malloc_trim(0);
    return -1;
  }

  const HandshakeThreadsOptions options;
  std::atomic<uint32_t> in_flight{0};  // those that wait for a thread included
  std::atomic<uint32_t> begun{0};
  std::atomic<bool> storm{false};
  std::atomic<uint64_t> trim_not_before_ms{0};
};

// A handshake of one Worker, found from its epoll event by address.
struct Job {
  std::unique_ptr<Handshake> handshake;
  uint32_t watched = 0;  // epoll events asked for
  std::multimap<uint64_t, std::unique_ptr<Job>>::iterator place;
  std::list<Job*>::iterator turn;  // in Worker::waiting_
};

// One thread with its epoll set.
//
// Thread: submit() and stop() from any; the rest on its own.
class Worker {
 public:
  Worker(Shared& shared, size_t index) : shared_(shared) {
    at_.index = index;
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    TOCSIN_CHECK(epoll_ >= 0 && wake_ >= 0);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;  // stands for wake_
    TOCSIN_CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
    thread_ = std::thread([this] { run(); });
  }

  ~Worker() {
    stop();
    close(wake_);
    close(epoll_);
  }

  void submit(std::unique_ptr<Handshake> handshake) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = inbox_.empty();
      inbox_.push_back(std::move(handshake));
    }
    if (was_empty) wake();  // or the thread has been woken and has not taken the inbox yet
  }

  void stop() {
    stopping_.store(true);
    wake();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void wake() {
    const uint64_t one = 1;
    // Only a full counter can refuse, and then the thread is awake already.
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
  }

  void run() {
    begin_io_thread("handshake", niceness);
    std::array<epoll_event, events_per_wait> events;
    while (!stopping_.load()) {
      const int count = epoll_wait(epoll_, events.data(), events_per_wait, wait_ms());
      bool has_mail = false;
      for (int i = 0; i < count && !stopping_.load(); ++i) {
        if (events[i].data.ptr == nullptr) {
          has_mail = true;
        } else {
          advance(*static_cast<Job*>(events[i].data.ptr));
        }
      }
      // Not before all events are seen: who makes room for a new one may have one among them.
      if (has_mail) take_inbox();
      end_overdue();
    }
  }

  // Until the first deadline, or the trim after a storm.
  int wait_ms() {
    const uint64_t now_ms = monotonic_ms();
    int64_t wait = shared_.trim_after_storm(now_ms);
    if (!jobs_.empty()) {
      const uint64_t deadline_ms = jobs_.begin()->first;
      const int64_t left = deadline_ms > now_ms ? static_cast<int64_t>(deadline_ms - now_ms) : 0;
      wait = wait < 0 ? left : std::min(wait, left);
    }
    return static_cast<int>(std::min<int64_t>(wait, INT32_MAX));
  }

  void take_inbox() {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = read(wake_, &count, sizeof count);
    std::vector<std::unique_ptr<Handshake>> arrived;
    {
      const std::lock_guard lock(mutex_);
      arrived.swap(inbox_);
    }
    for (auto& handshake : arrived) begin(std::move(handshake));
  }

  // End the one that has made no step for longest. Whose peer has answered waits for us: it goes on
  // first, and stays if that is a step.
  void make_room() {
    size_t unasked = waiting_.size();
    while (shared_.has_too_many_begun() && !waiting_.empty()) {
      Job& job = *waiting_.front();
      pollfd peer{job.handshake->fd(), static_cast<short>(job.watched), 0};
      if (unasked > 0 && poll(&peer, 1, 0) > 0) {
        --unasked;
        advance(job);
        if (waiting_.empty() || waiting_.front() != &job) continue;
      }
      if (shared_.has_too_many_begun()) {
        end(*waiting_.front(), absl::ResourceExhaustedError("handshake: newer ones need the room"));
      }
    }
  }

  void begin(std::unique_ptr<Handshake> handshake) {
    if (shared_.options.shed_longest_waiting) make_room();
    shared_.begun.fetch_add(1);
    const uint64_t deadline_ms = monotonic_ms() + shared_.options.deadline_ms;
    auto job = std::make_unique<Job>();
    Job& at = *job;
    at.handshake = std::move(handshake);
    at.place = jobs_.emplace(deadline_ms, std::move(job));
    at.turn = waiting_.insert(waiting_.end(), &at);
    at.handshake->start(at_);
    epoll_event event{};
    event.events = at.watched = EPOLLIN;
    event.data.ptr = &at;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, at.handshake->fd(), &event) != 0) {
      end(at, absl::InvalidArgumentError("handshake: the socket cannot be watched"));
    }
  }

  // May end the job.
  void advance(Job& job) {
    const int step = job.handshake->step();
    const Handshake::Wants wants = job.handshake->advance(at_);
    if (wants == Handshake::Wants::nothing) return end(job, absl::OkStatus());
    // Who drips bytes is not believed to go on.
    if (job.handshake->step() != step) waiting_.splice(waiting_.end(), waiting_, job.turn);
    watch(job, wants == Handshake::Wants::write ? EPOLLOUT : EPOLLIN);
  }

  void watch(Job& job, uint32_t wanted) {
    if (wanted == job.watched) return;
    epoll_event event{};
    event.events = job.watched = wanted;
    event.data.ptr = &job;
    TOCSIN_CHECK(epoll_ctl(epoll_, EPOLL_CTL_MOD, job.handshake->fd(), &event) == 0);
  }

  void end_overdue() {
    const uint64_t now_ms = monotonic_ms();
    while (!jobs_.empty() && jobs_.begin()->first <= now_ms) {
      end(*jobs_.begin()->second, absl::DeadlineExceededError("handshake: took too long"));
    }
  }

  // Forget the job, make room for another, then tell.
  void end(Job& job, const absl::Status& given_up) {
    const std::unique_ptr<Handshake> handshake = std::move(job.handshake);
    epoll_ctl(epoll_, EPOLL_CTL_DEL, handshake->fd(), nullptr);
    waiting_.erase(job.turn);
    jobs_.erase(job.place);
    shared_.begun.fetch_sub(1);
    shared_.in_flight.fetch_sub(1);
    handshake->end(given_up);
  }

  Shared& shared_;
  int epoll_ = -1;
  int wake_ = -1;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handshake>> inbox_;       // guarded by mutex_
  std::multimap<uint64_t, std::unique_ptr<Job>> jobs_;  // by deadline
  std::list<Job*> waiting_;                             // all jobs, by their last step
  HandshakeThread at_;
  std::thread thread_;
};

}  // namespace

class HandshakeThreads::Impl {
 public:
  explicit Impl(HandshakeThreadsOptions options) : shared(options) {
    for (size_t i = 0; i < options.threads; ++i) {
      workers.push_back(std::make_unique<Worker>(shared, i));
    }
  }

  Shared shared;
  std::atomic<uint32_t> next_worker{0};
  std::vector<std::unique_ptr<Worker>> workers;
};

absl::Status HandshakeThreads::check(const HandshakeThreadsOptions& options) {
  if (options.threads > 0 && options.in_flight_max > 0 &&
      options.in_flight_max <= limits::handshakes_in_flight_max) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(fmt::format(
      "handshakes: use at least one thread and 1..{} in flight", limits::handshakes_in_flight_max));
}

HandshakeThreads::HandshakeThreads(HandshakeThreadsOptions options)
    : impl_(std::make_unique<Impl>(options)) {}

HandshakeThreads::~HandshakeThreads() = default;

bool HandshakeThreads::submit(std::unique_ptr<Handshake>& handshake) {
  if (!impl_->shared.admit()) return false;
  const uint32_t turn = impl_->next_worker.fetch_add(1);
  impl_->workers[turn % impl_->workers.size()]->submit(std::move(handshake));
  return true;
}

uint32_t HandshakeThreads::in_flight() const { return impl_->shared.in_flight.load(); }
const HandshakeThreadsOptions& HandshakeThreads::options() const { return impl_->shared.options; }

}  // namespace tocsin::runtime
