#include "runtime/net/listener.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tocsin::runtime {
namespace {

struct HostPort {
  std::string host;
  std::string port;
};

absl::StatusOr<HostPort> split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) {
    return absl::InvalidArgumentError(
        fmt::format("listen address '{}': write HOST:PORT, for example 127.0.0.1:8443", address));
  }
  const std::string port = address.substr(colon + 1);
  if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoul(port) > UINT16_MAX) {
    return absl::InvalidArgumentError(
        fmt::format("listen address '{}': the port must be a number from 0 to 65535", address));
  }
  std::string host = address.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return HostPort{host, port};
}

uint16_t port_of(int fd) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return 0;
  if (bound.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

ClientAddress address_in(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET6) {
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, bytes.size());
    return ClientAddress::of_ipv6(bytes);
  }
  return ClientAddress::of_ipv4(ntohl(reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr));
}

bool bind_and_listen(int fd, const addrinfo& where, Listener::Port port) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (port == Listener::Port::shared) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  // Accepted sockets inherit these: small frames go out at once.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return bind(fd, where.ai_addr, where.ai_addrlen) == 0 && listen(fd, 65535) == 0;
}

}  // namespace

absl::Status Listener::check(const std::string& address) { return split(address).status(); }

absl::StatusOr<Listener> Listener::open(const std::string& address, Port port) {
  absl::StatusOr<HostPort> parts = split(address);
  if (!parts.ok()) return parts.status();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found);
      error != 0) {
    return absl::InvalidArgumentError(
        fmt::format("listen address '{}': {}", address, gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || !bind_and_listen(fd, *found, port)) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return absl::UnavailableError(fmt::format(
        "cannot listen on {}: {}{}", address, std::strerror(error),
        error == EADDRINUSE ? "; is another server running there? Choose another port" : ""));
  }
  return Listener(fd, port_of(fd));
}

Listener::Listener(Listener&& from) noexcept
    : fd_(std::exchange(from.fd_, -1)), port_(from.port_) {}

Listener::~Listener() {
  if (fd_ >= 0) close(fd_);
}

Listener::Accepted Listener::accept() {
  while (true) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    const int fd =
        accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) return {fd, address_in(peer)};
    if (errno != ECONNABORTED && errno != EINTR) return {};
  }
}

std::string with_port(const std::string& address, uint16_t port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

}  // namespace tocsin::runtime
