#include "storm/handshake_server.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "drill/one_cpu.h"
#include "drill/proc_stats.h"
#include "storm/bare_acceptor.h"

namespace tocsin::storm {
namespace {

// A server that has done nothing for so long is at rest; it is waited for at most so long.
constexpr useconds_t rest_us = 3'000;
constexpr uint64_t rest_ms_max = 5'000;

int open_listener() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      listen(fd, SOMAXCONN) == 0) {
    return fd;
  }
  if (fd >= 0) close(fd);
  return -1;
}

uint16_t port_of(int listener) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

// Accept everything and hand it to the pool, as a gateway shard does.
void serve_with_pool(int listener, const runtime::TlsIdentity& identity) {
  auto pool = runtime::HandshakePool::create(identity, {});
  TOCSIN_CHECK(pool.ok());
  const auto close_it = [](absl::StatusOr<runtime::Handshaken> result) {
    if (!result.ok()) _exit(1);  // figures of failures are worth nothing: the race ends
  };
  while (true) {
    pollfd waited{listener, POLLIN, 0};
    poll(&waited, 1, -1);
    while (true) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) break;
      if (!(*pool)->submit(fd, close_it)) close(fd);  // the client sees it and says so
    }
  }
}

[[noreturn]] void serve(ServerKind kind, int listener, const runtime::TlsIdentity& identity,
                        uint32_t cpu, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  // The parent's way to end in order is not this process's.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
  drill::stay_on(cpu);
  if (kind == ServerKind::bare) BareAcceptor(identity).serve(listener);
  serve_with_pool(listener, identity);
  _exit(1);
}

}  // namespace

absl::StatusOr<HandshakeServer> HandshakeServer::start(ServerKind kind,
                                                       const runtime::TlsIdentity& identity,
                                                       uint32_t cpu) {
  const int listener = open_listener();
  if (listener < 0) {
    return absl::UnavailableError(fmt::format("cannot listen: {}", std::strerror(errno)));
  }
  const uint16_t port = port_of(listener);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) serve(kind, listener, identity, cpu, parent);
  close(listener);
  if (pid < 0) return absl::UnavailableError(fmt::format("cannot fork: {}", std::strerror(errno)));
  return HandshakeServer(pid, port);
}

HandshakeServer::HandshakeServer(HandshakeServer&& from) noexcept
    : pid_(std::exchange(from.pid_, -1)), port_(from.port_) {}

HandshakeServer::~HandshakeServer() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

absl::StatusOr<uint64_t> HandshakeServer::cpu_ns_at_rest() const {
  const uint64_t deadline_ms = monotonic_ms() + rest_ms_max;
  std::optional<uint64_t> before = drill::cpu_ns_of(pid_);
  while (before.has_value() && monotonic_ms() < deadline_ms) {
    usleep(rest_us);
    const std::optional<uint64_t> now = drill::cpu_ns_of(pid_);
    if (now == before) return *before;
    before = now;
  }
  return absl::UnavailableError("a handshake server ended or does not come to rest");
}

}  // namespace tocsin::storm
