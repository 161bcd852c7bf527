// Worker: the process that simulates a share of the fleet.
//
//   wait for begin -> connect all -> (arm, report) ... -> stop, or the coordinator is gone
//
// One thread, one epoll. It ends whenever its channel ends, so no worker outlives its coordinator.
//
// Thread: its process's only one.
#pragma once

#include <utility>

#include <absl/status/statusor.h>

#include "drill/fleet/arrivals.h"
#include "drill/fleet/plan.h"

namespace tocsin::bench::drill {

// One end of the socket pair between coordinator and a worker, over which values go whole.
class Channel {
 public:
  // The two ends; both are closed on exec.
  static absl::StatusOr<std::pair<Channel, Channel>> create_pair();
  ~Channel();
  Channel(Channel&& from) noexcept : fd_(std::exchange(from.fd_, -1)) {}
  Channel& operator=(Channel&& from) noexcept;

  // Waits for room if there is none. UNAVAILABLE when the other end is gone.
  template <typename Value>
  absl::Status send(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    return send_bytes(&value, sizeof value);
  }
  // The next value that has arrived; false when there is none. UNAVAILABLE when the other end is
  // gone.
  template <typename Value>
  absl::StatusOr<bool> receive(Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    return receive_bytes(&value, sizeof value);
  }

  int fd() const { return fd_; }

 private:
  explicit Channel(int fd) : fd_(fd) {}
  absl::Status send_bytes(const void* bytes, size_t size);
  absl::StatusOr<bool> receive_bytes(void* bytes, size_t size);

  int fd_ = -1;
};

// Simulate the devices of `plan` until told to stop over `channel`. Returns the process's exit code.
int run_worker(const Plan& plan, const ArrivalBook& book, Channel channel);

}  // namespace tocsin::bench::drill
