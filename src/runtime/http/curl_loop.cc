#include "runtime/http/curl_loop.h"

#include <array>
#include <cstdint>
#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"

namespace tocsin::runtime {
namespace {

constexpr size_t events_per_turn = 64;

// CURLMOPT_SOCKETFUNCTION. `data`: the epoll set.
int on_socket(CURL*, curl_socket_t socket, int wanted, void* data, void*) {
  const int epoll = *static_cast<const int*>(data);
  epoll_event event{};
  event.data.fd = socket;
  if ((wanted & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((wanted & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  if (wanted == CURL_POLL_REMOVE) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
  } else if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0) {
    return epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
  }
  return 0;
}

// CURLMOPT_TIMERFUNCTION. `data`: the timer. At once is a nanosecond, since 0 would disarm it.
int on_timer(CURLM*, long ms, void* data) {
  itimerspec when{};
  if (ms >= 0) {
    when.it_value.tv_sec = ms / 1000;
    when.it_value.tv_nsec = ms == 0 ? 1 : ms % 1000 * 1'000'000;
  }
  return timerfd_settime(*static_cast<const int*>(data), 0, &when, nullptr);
}

int curl_events(uint32_t events) {
  int out = 0;
  if ((events & EPOLLIN) != 0) out |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) out |= CURL_CSELECT_OUT;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) out |= CURL_CSELECT_ERR;
  return out;
}

}  // namespace

CurlLoop::CurlLoop(Shard& shard, size_t idle_connections_max, OnOver on_over, OnWorked on_worked)
    : shard_(shard),
      on_over_(std::move(on_over)),
      on_worked_(std::move(on_worked)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      multi_(make_curl_multi(idle_connections_max)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = timer_;
  TOCSIN_CHECK(epoll_ >= 0 && timer_ >= 0);
  TOCSIN_CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event) == 0);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, &epoll_);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, &timer_);
  shard_.watch_readable(epoll_, [this] { work(); });
}

CurlLoop::~CurlLoop() {
  shard_.unwatch(epoll_);
  multi_.reset();  // closes its sockets, and tells on_socket()
  ::close(timer_);
  ::close(epoll_);
}

void CurlLoop::work() {
  std::array<epoll_event, events_per_turn> ready;
  const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 0);
  for (int i = 0; i < count; ++i) {
    // A socket that was closed for an earlier event may be another by now: then libcurl looks at it
    // for nothing.
    const int fd = ready[static_cast<size_t>(i)].data.fd;
    int running = 0;
    if (fd == timer_) {
      uint64_t expirations = 0;
      static_cast<void>(::read(timer_, &expirations, sizeof expirations) > 0);
      curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
    } else {
      curl_multi_socket_action(multi_.get(), fd, curl_events(ready[static_cast<size_t>(i)].events),
                               &running);
    }
  }
  while (const auto over = next_over(multi_.get())) on_over_(*over->transfer, over->curl_code);
  on_worked_();
}

}  // namespace tocsin::runtime
