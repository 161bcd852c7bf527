#include "harness/stop_signal.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "harness/try.h"

namespace tocsin::bench {
namespace {

// A handler can reach nothing but statics.
volatile std::sig_atomic_t signal_came = 0;
int pipe_fds[2] = {-1, -1};

void on_signal(int) {
  const int error = errno;
  signal_came = 1;
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = write(pipe_fds[1], &byte, 1);
  errno = error;
}

}  // namespace

StopSignal::StopSignal() {
  TOCSIN_CHECK(pipe_fds[0] == -1);
  TOCSIN_CHECK(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) == 0);
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool StopSignal::requested() const { return signal_came != 0; }

int StopSignal::fd() const { return pipe_fds[0]; }

absl::Status StopSignal::check() const {
  return requested() ? absl::CancelledError("interrupted") : absl::OkStatus();
}

absl::Status StopSignal::sleep_ms(uint32_t ms) const {
  pollfd waited{fd(), POLLIN, 0};
  poll(&waited, 1, static_cast<int>(ms));
  return check();
}

absl::StatusOr<bool> StopSignal::wait_until(absl::FunctionRef<bool()> is_done, uint64_t deadline_ms,
                                            uint32_t look_ms) const {
  while (!is_done()) {
    if (monotonic_ms() >= deadline_ms) return false;
    TOCSIN_TRY(sleep_ms(look_ms));
  }
  return true;
}

}  // namespace tocsin::bench
