#include "fanout/reader.h"

#include <arpa/inet.h>
#include <array>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <openssl/ssl.h>

#include "harness/client/loopback.h"
#include "runtime/tls/tls_context.h"

namespace tocsin::fanout {
namespace {

// Connections from one source address: below the usual number of local ports.
constexpr uint32_t devices_per_source = 20'000;

int fail(const char* what) {
  fmt::print(stderr, "tocsin-bench-fanout: the reader: {}: {}\n", what, strerror(errno));
  return 1;
}

bool shake_hands(const runtime::TlsContext& context, int fd) {
  runtime::TlsCatch caught;
  SSL* ssl = SSL_new(context.get());
  runtime::TlsContext::attach(ssl, &caught);
  const bool ok = SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1;
  SSL_free(ssl);  // the connection stays: SSL_set_fd does not make the library its owner
  return ok;
}

// Read from what is readable until `bytes` came; false when a connection ended.
bool read_bytes(int epoll, uint64_t bytes) {
  std::array<epoll_event, 512> events;
  std::vector<char> buffer(64 * 1024);
  uint64_t got = 0;
  while (got < bytes) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const ssize_t part = recv(events[i].data.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (part == 0) return false;
      if (part > 0) got += static_cast<uint64_t>(part);
    }
  }
  return true;
}

}  // namespace

int run_reader(uint32_t size, uint16_t port, const std::string& ca_pem, int orders, int answers) {
  const absl::StatusOr<runtime::TlsContext> context = runtime::TlsContext::client(ca_pem);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!context.ok() || epoll < 0) return fail("cannot start");
  for (uint32_t i = 0; i < size; ++i) {
    const auto fd = harness::connect_to_loopback(port, 0, 2 + i / devices_per_source);
    if (!fd.ok()) return fail("cannot connect");
    if (!shake_hands(*context, *fd)) return fail("the TLS handshake failed");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = *fd;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, *fd, &event) != 0) return fail("epoll");
  }
  uint64_t bytes = 0;
  while (read(orders, &bytes, sizeof bytes) == sizeof bytes) {
    if (!read_bytes(epoll, bytes)) return fail("a connection ended");
    if (write(answers, "d", 1) != 1) return fail("the sender is gone");
  }
  return 0;
}

}  // namespace tocsin::fanout
