#include "harness/client/loopback.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "harness/system_error.h"
#include "harness/try.h"
#include "runtime/tls/openssl_ptr.h"

namespace tocsin::bench {
namespace {

// The error of a step, of which the descriptor is no more of use.
absl::Status close_with_error(int fd, std::string_view what) {
  absl::Status error = system_error(what);
  if (fd >= 0) ::close(fd);
  return error;
}

}  // namespace

sockaddr_in loopback(uint16_t port, uint32_t host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
  address.sin_port = htons(port);
  return address;
}

absl::StatusOr<int> listen_on_loopback(int flags, uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  sockaddr_in address = loopback(0);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  // As the gateway's listener does; what it accepts inherits it.
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fd < 0 || bind(fd, generic, length) != 0 || listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, generic, &length) != 0) {
    return close_with_error(fd, "cannot listen on loopback");
  }
  port = ntohs(address.sin_port);
  return fd;
}

absl::StatusOr<int> connect_to_loopback(uint16_t port, int flags, uint32_t source) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  const sockaddr_in from = loopback(0, source);
  const sockaddr_in to = loopback(port);
  if (fd < 0 ||
      (source != 0 && bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) ||
      (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
       errno != EINPROGRESS)) {
    return close_with_error(fd, "cannot connect on loopback");
  }
  return fd;
}

absl::StatusOr<std::string> shake_hands(const runtime::TlsContext& context, int fd) {
  runtime::TlsCatch caught;
  const runtime::SslPtr ssl(SSL_new(context.get()));  // never the socket's owner
  runtime::TlsContext::attach(ssl.get(), &caught);
  if (SSL_set_fd(ssl.get(), fd) == 1 && SSL_connect(ssl.get()) == 1) {
    return SSL_get_cipher_name(ssl.get());
  }
  return absl::UnavailableError("TLS handshake: " + runtime::take_openssl_error());
}

absl::StatusOr<uint16_t> free_port() {
  uint16_t port = 0;
  TOCSIN_TAKE(const int fd, listen_on_loopback(0, port));
  ::close(fd);
  return port;
}

}  // namespace tocsin::bench
