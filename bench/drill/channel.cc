#include "drill/channel.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::drill {
namespace {

absl::Status gone(int error) {
  return absl::UnavailableError(fmt::format("the other process is gone: {}", strerror(error)));
}

}  // namespace

Channel::~Channel() {
  if (fd_ >= 0) ::close(fd_);
}

Channel::Channel(Channel&& from) noexcept
    : fd_(std::exchange(from.fd_, -1)), unread_(std::move(from.unread_)) {}

Channel& Channel::operator=(Channel&& from) noexcept {
  std::swap(fd_, from.fd_);
  std::swap(unread_, from.unread_);
  return *this;
}

absl::StatusOr<std::pair<Channel, Channel>> Channel::create_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    return absl::ResourceExhaustedError(
        fmt::format("cannot make a socket pair: {}", strerror(errno)));
  }
  return std::pair{Channel(fds[0]), Channel(fds[1])};
}

absl::Status Channel::send(const WorkerMessage& message) {
  Bytes bytes;
  append_worker_message(message, bytes);
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n >= 0) {
      sent += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      return gone(errno);
    }
  }
  return absl::OkStatus();
}

absl::Status Channel::receive() {
  while (true) {
    uint8_t chunk[16 * 1024];
    const ssize_t n = recv(fd_, chunk, sizeof chunk, MSG_DONTWAIT);
    if (n > 0) {
      append(unread_, ByteView(chunk, static_cast<size_t>(n)));
      if (static_cast<size_t>(n) < sizeof chunk) return absl::OkStatus();
    } else if (n == 0) {
      return gone(ECONNRESET);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return absl::OkStatus();
    } else if (errno != EINTR) {
      return gone(errno);
    }
    if (unread_.size() > 2 * worker_message_bytes_max) return absl::OkStatus();
  }
}

absl::StatusOr<bool> Channel::next(WorkerMessage& message) {
  size_t used = 0;
  const wire::Code code = read_worker_message(unread_, message, used);
  if (code == wire::Code::incomplete) return false;
  if (code != wire::Code::ok) {
    return absl::InvalidArgumentError(
        fmt::format("the other process does not speak this protocol: {}", wire::name_of(code)));
  }
  unread_.erase(unread_.begin(), unread_.begin() + static_cast<ptrdiff_t>(used));
  return true;
}

}  // namespace tocsin::drill
