// Socket: owns the file descriptor of a connection, and closes it unless it is handed on.
//
// A connection passes through queues and posted tasks on its way from one thread to another, and
// any of these may be dropped with what it holds when a thread stops. An int would then leak.
//
// Thread: a value; belongs to whoever holds it.
#pragma once

#include <unistd.h>
#include <utility>

namespace tocsin::runtime {

class Socket {
 public:
  Socket() = default;
  // Takes over `fd`; negative: none.
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& from) noexcept : fd_(from.release()) {}
  Socket& operator=(Socket&& from) noexcept {
    if (this != &from) reset(from.release());
    return *this;
  }
  ~Socket() { reset(); }

  // Negative when it owns no descriptor.
  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  // The descriptor is the caller's from now on.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

  int fd_ = -1;
};

}  // namespace tocsin::runtime
