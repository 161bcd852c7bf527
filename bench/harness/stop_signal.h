// StopSignal: SIGINT and SIGTERM as something to look at between two steps, so that a bench that is
// interrupted still ends the processes it started and removes its directory.
//
// Thread: made once, on the main thread; requested() from any.
#pragma once

#include <cstdint>
#include <functional>

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace tocsin::bench {

class StopSignal {
 public:
  // Handles both signals from now on, and ignores SIGPIPE.
  StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool requested() const;
  // Readable once a signal came: for poll().
  int fd() const;
  // CANCELLED once a signal came.
  absl::Status check() const;
  // Wait `ms`, or until a signal comes: CANCELLED.
  absl::Status sleep_ms(uint32_t ms) const;
  // Look every `look_ms` until it is done: true, or the monotonic time is `deadline_ms`: false.
  absl::StatusOr<bool> wait_until(absl::FunctionRef<bool()> is_done, uint64_t deadline_ms,
                                  uint32_t look_ms) const;
  // sleep_ms(), for what passes the time between two looks. Of no use after this has ended.
  std::function<absl::Status(uint32_t ms)> pass_time() const {
    return [this](uint32_t ms) { return sleep_ms(ms); };
  }
};

}  // namespace tocsin::bench
