// Listener: a listening TCP socket.
//
// Its port is its own, or one that several shards share: each opens a socket on the same address
// with SO_REUSEPORT, and the kernel spreads the connections over them.
//
// Thread: one shard.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

#include "runtime/net/address_limiter.h"

namespace tocsin::runtime {

class Listener {
 public:
  enum class Port { own, shared };
  // INVALID_ARGUMENT for what open() would not read as an address. Looks nothing up.
  static absl::Status check(const std::string& address);

  // `address` is like "127.0.0.1:7443", "0.0.0.0:0" or "[::]:7443"; port 0 takes a free one.
  // INVALID_ARGUMENT for other text; UNAVAILABLE with the address and the reason when it cannot be
  // bound.
  static absl::StatusOr<Listener> open(const std::string& address, Port port = Port::own);

  Listener(Listener&& from) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  // A socket, non-blocking and the receiver's to close, and the peer's address.
  struct Accepted {
    int fd = -1;
    ClientAddress peer;
  };
  // The next waiting connection; fd is -1 when there is none (or no descriptor is left).
  Accepted accept();

  int fd() const { return fd_; }
  uint16_t port() const { return port_; }

 private:
  Listener(int fd, uint16_t port) : fd_(fd), port_(port) {}
  int fd_;
  uint16_t port_;
};

// `address` with its port replaced.
std::string with_port(const std::string& address, uint16_t port);

}  // namespace tocsin::runtime
