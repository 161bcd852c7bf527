#include "runtime/tls/handshake_pool.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <malloc.h>
#include <map>
#include <mutex>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "runtime/log.h"
#include "runtime/tls/tls_context.h"
#include "runtime/tls/tls_handshake.h"

namespace tocsin::runtime {
namespace {

using Done = HandshakePool::Done;

// Background work: a shard that must send goes first.
constexpr int niceness = 5;
// malloc_trim holds every arena's lock for tens of milliseconds after a big storm.
constexpr uint64_t trim_interval_ms = 5'000;
// This many at once leave enough free heap behind (54 KB each) to be worth giving back.
constexpr uint32_t storm_handshakes = 32;
constexpr size_t read_bytes = 16 * 1024;
constexpr int events_per_wait = 64;

// What the threads of one pool share.
struct Shared {
  explicit Shared(HandshakePoolOptions options) : options(options) {}

  // Count one more, unless the pool is full.
  bool admit() {
    uint32_t now = in_flight.load();
    while (now < options.in_flight_max) {
      if (in_flight.compare_exchange_weak(now, now + 1)) {
        if (now + 1 >= storm_handshakes) storm.store(true);
        return true;
      }
    }
    return false;
  }

  // Give the heap of a storm back once it has drained. Returns the milliseconds until that may be
  // worth a try, or -1 when there is nothing to do.
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

  const HandshakePoolOptions options;
  std::atomic<uint32_t> in_flight{0};
  std::atomic<bool> storm{false};
  std::atomic<uint64_t> trim_not_before_ms{0};
};

// A socket and its handshake. Owned by one Worker, found from its epoll event by address.
struct Job {
  Job(Socket socket, Done done, const TlsContext& context)
      : socket(std::move(socket)),
        done(std::move(done)),
        handshake(TlsHandshake::server(context)) {}

  Socket socket;
  Done done;
  std::unique_ptr<TlsHandshake> handshake;
  Bytes unsent;
  bool peer_closed = false;
  uint32_t watched = 0;  // epoll events asked for
  std::multimap<uint64_t, std::unique_ptr<Job>>::iterator place;
};

// One thread with its epoll set.
//
// Thread: submit() and stop() from any thread; the rest on its own.
class Worker {
 public:
  Worker(Shared& shared, TlsContext context) : shared_(shared), context_(std::move(context)) {
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

  void submit(Socket socket, Done done) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = inbox_.empty();
      inbox_.emplace_back(std::move(socket), std::move(done));
    }
    if (was_empty) wake();  // otherwise the thread has been woken already
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
    pthread_setname_np(pthread_self(), "handshake");
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
    std::array<epoll_event, events_per_wait> events;
    while (!stopping_.load()) {
      const int count = epoll_wait(epoll_, events.data(), events_per_wait, wait_ms());
      for (int i = 0; i < count && !stopping_.load(); ++i) {
        if (events[i].data.ptr == nullptr) {
          take_inbox();
        } else {
          advance(*static_cast<Job*>(events[i].data.ptr));
        }
      }
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
    std::vector<std::pair<Socket, Done>> arrived;
    {
      const std::lock_guard lock(mutex_);
      arrived.swap(inbox_);
    }
    for (auto& [socket, done] : arrived) begin(std::move(socket), std::move(done));
  }

  void begin(Socket socket, Done done) {
    const uint64_t deadline_ms = monotonic_ms() + shared_.options.deadline_ms;
    auto job = std::make_unique<Job>(std::move(socket), std::move(done), context_);
    Job& at = *job;
    at.place = jobs_.emplace(deadline_ms, std::move(job));
    epoll_event event{};
    event.events = at.watched = EPOLLIN;
    event.data.ptr = &at;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, at.socket.fd(), &event) != 0) {
      end(at, absl::InvalidArgumentError("handshake: the socket cannot be watched"));
    }
  }

  // Read, shake hands, write; as far as it goes without blocking. May end the job.
  void advance(Job& job) {
    if (job.handshake->step() == TlsHandshake::Step::more) read_some(job);
    if (!send_unsent(job)) {
      end(job, absl::UnavailableError("handshake: the peer went away"));
      return;
    }
    switch (job.handshake->step()) {
      case TlsHandshake::Step::failed:
        end_politely(job);
        return;
      case TlsHandshake::Step::done:
        if (job.unsent.empty()) {
          finish(job);
          return;
        }
        break;
      case TlsHandshake::Step::more:
        if (job.peer_closed) {
          end(job, absl::UnavailableError("handshake: the peer closed the connection"));
          return;
        }
        break;
    }
    watch(job);
  }

  void read_some(Job& job) {
    const ssize_t got = recv(job.socket.fd(), buffer_.data(), buffer_.size(), 0);
    if (got > 0) {
      job.handshake->feed({buffer_.data(), static_cast<size_t>(got)}, job.unsent);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      job.peer_closed = true;
    }
  }

  // False when the connection is gone.
  bool send_unsent(Job& job) {
    while (!job.unsent.empty()) {
      const ssize_t sent =
          send(job.socket.fd(), job.unsent.data(), job.unsent.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EINTR;
      job.unsent.erase(job.unsent.begin(), job.unsent.begin() + sent);
    }
    return true;
  }

  void watch(Job& job) {
    uint32_t wanted = job.unsent.empty() ? 0u : EPOLLOUT;
    if (job.handshake->step() == TlsHandshake::Step::more) wanted |= EPOLLIN;
    if (wanted == job.watched) return;
    epoll_event event{};
    event.events = job.watched = wanted;
    event.data.ptr = &job;
    TOCSIN_CHECK(epoll_ctl(epoll_, EPOLL_CTL_MOD, job.socket.fd(), &event) == 0);
  }

  void finish(Job& job) {
    absl::StatusOr<Detached> left = job.handshake->detach(engine_);
    if (!left.ok()) {
      log_error("{}", std::string(left.status().message()));
      end(job, left.status());
      return;
    }
    epoll_ctl(epoll_, EPOLL_CTL_DEL, job.socket.fd(), nullptr);
    Handshaken handshaken;
    handshaken.socket = std::move(job.socket);
    handshaken.session = std::move(left->session);
    handshaken.exporter = left->exporter;
    handshaken.early_input = std::move(left->early_input);
    cleanse(left->exporter);
    end(job, std::move(handshaken));
  }

  // The alert has been sent. Whatever else has arrived is read, because closing a socket with
  // unread bytes resets the connection, and a reset can overtake the alert.
  void end_politely(Job& job) {
    shutdown(job.socket.fd(), SHUT_WR);
    while (recv(job.socket.fd(), buffer_.data(), buffer_.size(), MSG_DONTWAIT) ==
           static_cast<ssize_t>(buffer_.size())) {
    }
    end(job, job.handshake->error());
  }

  void end_overdue() {
    const uint64_t now_ms = monotonic_ms();
    while (!jobs_.empty() && jobs_.begin()->first <= now_ms) {
      end(*jobs_.begin()->second, absl::DeadlineExceededError("handshake: took too long"));
    }
  }

  // Forget the job, make room for another, then report. Closes the socket unless it was handed on.
  void end(Job& job, absl::StatusOr<Handshaken> outcome) {
    Done done = std::move(job.done);
    jobs_.erase(job.place);
    shared_.in_flight.fetch_sub(1);
    done(std::move(outcome));
  }

  Shared& shared_;
  const TlsContext context_;
  int epoll_ = -1;
  int wake_ = -1;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::pair<Socket, Done>> inbox_;          // guarded by mutex_
  std::multimap<uint64_t, std::unique_ptr<Job>> jobs_;  // by deadline
  wire::TlsEngine engine_;
  std::array<uint8_t, read_bytes> buffer_;
  std::thread thread_;
};

}  // namespace

class HandshakePool::Impl {
 public:
  // One context per thread.
  Impl(std::vector<TlsContext> contexts, HandshakePoolOptions options) : shared(options) {
    for (TlsContext& context : contexts) {
      workers.push_back(std::make_unique<Worker>(shared, std::move(context)));
    }
  }

  Shared shared;
  std::atomic<uint32_t> next_worker{0};
  std::vector<std::unique_ptr<Worker>> workers;
};

HandshakePool::HandshakePool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HandshakePool::~HandshakePool() = default;

absl::StatusOr<std::unique_ptr<HandshakePool>> HandshakePool::create(const TlsIdentity& identity,
                                                                     HandshakePoolOptions options) {
  std::vector<TlsContext> contexts;
  for (uint32_t i = 0; i < std::max(1u, options.threads); ++i) {
    absl::StatusOr<TlsContext> context = TlsContext::server(identity);
    if (!context.ok()) return context.status();
    contexts.push_back(*std::move(context));
  }
  if (options.threads == 0 || options.in_flight_max == 0 ||
      options.in_flight_max > limits::handshakes_in_flight_max) {
    return absl::InvalidArgumentError(
        fmt::format("handshakes: use at least one thread and 1..{} in flight",
                    limits::handshakes_in_flight_max));
  }
  return std::unique_ptr<HandshakePool>(
      new HandshakePool(std::make_unique<Impl>(std::move(contexts), options)));
}

bool HandshakePool::submit(int fd, Done done) {
  if (!impl_->shared.admit()) return false;
  const uint32_t turn = impl_->next_worker.fetch_add(1);
  impl_->workers[turn % impl_->workers.size()]->submit(Socket(fd), std::move(done));
  return true;
}

uint32_t HandshakePool::in_flight() const { return impl_->shared.in_flight.load(); }
uint32_t HandshakePool::in_flight_max() const { return impl_->shared.options.in_flight_max; }

}  // namespace tocsin::runtime
