// Channel: one end of the socket pair between coordinator and a worker.
//
// Thread: one owner.  Bound: worker_message_bytes_max of unread bytes.
#pragma once

#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "drill/worker_protocol.h"

namespace tocsin::drill {

class Channel {
 public:
  // Takes `fd`, a connected stream socket.
  explicit Channel(int fd) : fd_(fd) {}
  ~Channel();
  Channel(Channel&& from) noexcept;
  Channel& operator=(Channel&& from) noexcept;

  // The two ends; both are closed on exec.
  static absl::StatusOr<std::pair<Channel, Channel>> create_pair();

  // Write the whole message, waiting for room if there is none. UNAVAILABLE when the other end is
  // gone.
  absl::Status send(const WorkerMessage& message);

  // Take what has arrived, without waiting. UNAVAILABLE when the other end is gone.
  absl::Status receive();
  // The next whole message of what was received; false when there is none. INVALID_ARGUMENT when
  // the other end does not speak the protocol.
  absl::StatusOr<bool> next(WorkerMessage& message);

  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  Bytes unread_;
};

}  // namespace tocsin::drill
