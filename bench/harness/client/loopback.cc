#include "harness/client/loopback.h"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "harness/system_error.h"
#include "harness/try.h"
#include "runtime/net/listener.h"
#include "runtime/tls/openssl_ptr.h"

namespace tocsin::bench {
sockaddr_in loopback(uint16_t port, uint32_t host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
  address.sin_port = htons(port);
  return address;
}

absl::StatusOr<int> connect_to_loopback(uint16_t port, int flags, uint32_t source) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  const sockaddr_in from = loopback(0, source);
  const sockaddr_in to = loopback(port);
  if (fd < 0 ||
      (source != 0 && bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) ||
      (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
       errno != EINPROGRESS)) {
    absl::Status error = system_error("cannot connect on loopback");
    if (fd >= 0) ::close(fd);
    return error;
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
  TOCSIN_TAKE(const auto listener, runtime::Listener::open(free_loopback_port));
  return listener.port();
}

}  // namespace tocsin::bench
