#include "sdk_client/posix/tls_connection.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "sdk_client/posix/socket_bio.h"
#include "wire/frame.h"
#include "wire/hello_auth.h"

namespace tocsin::sdk_client {
namespace {

// The reason of the oldest error in OpenSSL's queue, or `otherwise`.
const char* tls_reason(const char* otherwise) {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  return reason != nullptr ? reason : otherwise;
}

bool is_address(const char* host) {
  in6_addr bytes;
  return inet_pton(AF_INET, host, &bytes) == 1 || inet_pton(AF_INET6, host, &bytes) == 1;
}

}  // namespace

TlsConnection::~TlsConnection() {
  close();
  drop_session();
  SSL_CTX_free(context_);
  BIO_meth_free(bio_method_);
}

tocsin_status TlsConnection::trust(const char* ca_file, ErrorText& error) {
  context_ = SSL_CTX_new(TLS_client_method());
  bio_method_ = new_socket_bio_method();
  if (context_ == nullptr || bio_method_ == nullptr) {
    error.set("OpenSSL: %s", tls_reason("no memory"));
    return TOCSIN_FAILED;
  }
  SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context_,
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context_, keep_session);
  ERR_clear_error();
  if (SSL_CTX_load_verify_locations(context_, ca_file, nullptr) == 1) return TOCSIN_OK;
  error.set("cannot read certificates from %s: %s", ca_file,
            tls_reason("no PEM certificate in it"));
  return TOCSIN_FAILED;
}

// Called by OpenSSL for each ticket the server sends.
int TlsConnection::keep_session(SSL* ssl, SSL_SESSION* session) {
  auto& self = *static_cast<TlsConnection*>(SSL_get_app_data(ssl));
  SSL_SESSION_free(self.session_);
  self.session_ = session;
  return 1;  // it is ours now
}

// "host:port", "[v6]:port".
bool TlsConnection::split_gateway(const char* gateway) {
  const size_t bytes = std::strlen(gateway);
  const char* const colon = std::strrchr(gateway, ':');
  if (colon == nullptr || bytes >= gateway_bytes_max) return false;
  const char* host = gateway;
  size_t host_bytes = static_cast<size_t>(colon - gateway);
  if (host_bytes > 2 && host[0] == '[' && colon[-1] == ']') {
    ++host;
    host_bytes -= 2;
  } else if (std::memchr(host, ':', host_bytes) != nullptr) {
    return false;
  }
  const size_t port_bytes = bytes - static_cast<size_t>(colon + 1 - gateway);
  if (host_bytes == 0 || port_bytes == 0 || port_bytes >= sizeof port_) return false;
  std::memcpy(host_, host, host_bytes);
  host_[host_bytes] = '\0';
  std::memcpy(port_, colon + 1, port_bytes + 1);
  host_is_address_ = is_address(host_);
  return true;
}

tocsin_status TlsConnection::open(const char* gateway, uint64_t now_ms, ErrorText& error) {
  close();
  if (std::strcmp(gateway, gateway_) != 0) drop_session();
  if (!split_gateway(gateway)) {
    error.set("\"%s\" is not a HOST:PORT", gateway);
    return TOCSIN_INVALID;
  }
  std::strcpy(gateway_, gateway);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (host_is_address_ ? AI_NUMERICHOST : AI_ADDRCONFIG);
  const int failure = getaddrinfo(host_, port_, &hints, &addresses_);
  if (failure != 0) {
    addresses_ = nullptr;
    error.set("cannot look up %s: %s", gateway_, gai_strerror(failure));
    return TOCSIN_FAILED;
  }
  address_ = addresses_;
  try_addresses(now_ms, error);
  return step_ == Step::closed ? TOCSIN_FAILED : TOCSIN_OK;
}

// From address_ on, use the first that does not fail at once.
void TlsConnection::try_addresses(uint64_t now_ms, ErrorText& error) {
  for (; address_ != nullptr; address_ = address_->ai_next) {
    if (try_address(*address_)) {
      address_deadline_ms_ = now_ms + address_ms;
      step_ = Step::tcp;
      return;
    }
    error.set("cannot connect to %s: %s", gateway_, std::strerror(errno));
  }
}

bool TlsConnection::try_address(const addrinfo& address) {
  fd_ = socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
               address.ai_protocol);
  if (fd_ < 0) return false;
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd_, address.ai_addr, address.ai_addrlen) == 0 || errno == EINPROGRESS) return true;
  const int why = errno;
  drop_socket();
  errno = why;
  return false;
}

tocsin_status TlsConnection::next_address(uint64_t now_ms, ErrorText& error) {
  drop_socket();
  address_ = address_->ai_next;
  try_addresses(now_ms, error);
  return step_ == Step::closed ? TOCSIN_FAILED : TOCSIN_PENDING;
}

tocsin_status TlsConnection::ready(uint64_t now_ms, uint8_t exporter[32], ErrorText& error) {
  if (step_ == Step::closed) return TOCSIN_FAILED;
  if (step_ == Step::tcp) {
    pollfd poll_fd{fd_, POLLOUT, 0};
    if (poll(&poll_fd, 1, 0) <= 0) {
      if (now_ms < address_deadline_ms_) return TOCSIN_PENDING;
      error.set("cannot connect to %s: no answer", gateway_);
      return next_address(now_ms, error);
    }
    int failure = 0;
    socklen_t size = sizeof failure;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &failure, &size);
    if (failure != 0) {
      error.set("cannot connect to %s: %s", gateway_, std::strerror(failure));
      return next_address(now_ms, error);
    }
    if (!begin_tls(error)) return TOCSIN_FAILED;
  }
  return finish_tls(exporter, error);
}

bool TlsConnection::begin_tls(ErrorText& error) {
  static const uint8_t alpn[] = {8, 't', 'o', 'c', 's', 'i', 'n', '/', '1'};
  static_assert(sizeof alpn == sizeof wire::alpn);
  ERR_clear_error();
  ssl_ = SSL_new(context_);
  BIO* const bio = ssl_ == nullptr ? nullptr : new_socket_bio(bio_method_, fd_);
  if (bio == nullptr) {
    error.set("OpenSSL: %s", tls_reason("no memory"));
    return false;
  }
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, this);
  bool prepared = SSL_set_alpn_protos(ssl_, alpn, sizeof alpn) == 0;
  if (host_is_address_) {
    prepared = prepared && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host_) == 1;
  } else {
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    prepared =
        prepared && SSL_set1_host(ssl_, host_) == 1 && SSL_set_tlsext_host_name(ssl_, host_) == 1;
  }
  if (!prepared) {
    error.set("OpenSSL: %s", tls_reason("no memory"));
    return false;
  }
  // No effect when the session is too old: then it is a full handshake.
  if (session_ != nullptr) SSL_set_session(ssl_, session_);
  step_ = Step::handshake;
  return true;
}

tocsin_status TlsConnection::finish_tls(uint8_t exporter[32], ErrorText& error) {
  ERR_clear_error();
  const int result = SSL_connect(ssl_);
  if (result != 1) {
    const long verdict = SSL_get_verify_result(ssl_);
    const tocsin_status status = pending_or_failed(result, "TLS handshake", error);
    if (status != TOCSIN_PENDING && verdict != X509_V_OK) {
      error.set("%s: its certificate is not trusted: %s; is the CA file the right one?", gateway_,
                X509_verify_cert_error_string(verdict));
    }
    return status == TOCSIN_PENDING ? TOCSIN_PENDING : TOCSIN_FAILED;
  }
  const uint8_t* chosen = nullptr;
  unsigned chosen_bytes = 0;
  SSL_get0_alpn_selected(ssl_, &chosen, &chosen_bytes);
  if (as_text({chosen, chosen_bytes}) != wire::alpn) {
    error.set("%s is not a Tocsin gateway (it did not choose ALPN %s)", gateway_, wire::alpn);
    return TOCSIN_FAILED;
  }
  if (SSL_export_keying_material(ssl_, exporter, wire::exporter_bytes, wire::exporter_label,
                                 sizeof wire::exporter_label - 1, nullptr, 0, 0) != 1) {
    error.set("OpenSSL: %s", tls_reason("no exporter"));
    return TOCSIN_FAILED;
  }
  step_ = Step::up;
  wants_write_ = false;
  return TOCSIN_OK;
}

tocsin_status TlsConnection::receive(MutableBytes bytes, size_t& received, ErrorText& error) {
  if (step_ != Step::up) return TOCSIN_FAILED;
  ERR_clear_error();
  const int result = SSL_read_ex(ssl_, bytes.data(), bytes.size(), &received);
  return result == 1 ? TOCSIN_OK : pending_or_failed(result, "reading", error);
}

tocsin_status TlsConnection::send(ByteView bytes, size_t& sent, ErrorText& error) {
  if (step_ != Step::up) return TOCSIN_FAILED;
  ERR_clear_error();
  const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent);
  wants_write_ = false;
  return result == 1 ? TOCSIN_OK : pending_or_failed(result, "sending", error);
}

tocsin_status TlsConnection::pending_or_failed(int result, const char* doing, ErrorText& error) {
  const int system_error = errno;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return TOCSIN_PENDING;
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return TOCSIN_PENDING;
    case SSL_ERROR_ZERO_RETURN:
      return TOCSIN_CLOSED;
    case SSL_ERROR_SYSCALL:
      error.set("%s: %s: %s", gateway_, doing, std::strerror(system_error));
      return TOCSIN_FAILED;
    default:
      error.set("%s: %s: %s", gateway_, doing, tls_reason("failed"));
      return TOCSIN_FAILED;
  }
}

void TlsConnection::close() {
  drop_socket();
  if (addresses_ != nullptr) freeaddrinfo(addresses_);
  addresses_ = nullptr;
  address_ = nullptr;
}

void TlsConnection::drop_socket() {
  if (step_ == Step::up) {
    ERR_clear_error();
    SSL_shutdown(ssl_);  // close_notify, if it can be sent at once
  }
  SSL_free(ssl_);
  ssl_ = nullptr;
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  step_ = Step::closed;
  wants_write_ = false;
}

void TlsConnection::drop_session() {
  SSL_SESSION_free(session_);
  session_ = nullptr;
}

int TlsConnection::fd(short& events) const {
  events = step_ == Step::tcp || wants_write_ ? POLLOUT : POLLIN;
  return fd_;
}

uint64_t TlsConnection::deadline_ms() const {
  return step_ == Step::tcp ? address_deadline_ms_ : UINT64_MAX;
}

}  // namespace tocsin::sdk_client
