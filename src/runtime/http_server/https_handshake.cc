#include "runtime/http_server/https_handshake.h"

#include <cerrno>
#include <string_view>
#include <sys/socket.h>
#include <utility>

#include <openssl/err.h>

namespace tocsin::runtime {
namespace {

absl::Status bad_tls() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return absl::InvalidArgumentError(reason != nullptr ? reason
                                                      : "handshake: the peer broke it off");
}

bool has_chosen_http2(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &name, &length);
  return std::string_view(reinterpret_cast<const char*>(name), length) == "h2";
}

}  // namespace

HttpsHandshake::HttpsHandshake(Socket socket, std::shared_ptr<SSL_CTX> context, Done done)
    : socket_(std::move(socket)), context_(std::move(context)), done_(std::move(done)) {}

bool HttpsHandshake::has_begun() {
  if (ssl_ != nullptr) return true;
  char first = 0;
  const ssize_t peeked = recv(socket_.fd(), &first, 1, MSG_PEEK);
  if (peeked < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (peeked <= 0) {
    status_ = absl::UnavailableError("handshake: the peer went away");
    return false;
  }
  ssl_.reset(SSL_new(context_.get()));
  if (ssl_ != nullptr && SSL_set_fd(ssl_.get(), socket_.fd()) == 1) return true;
  status_ = absl::InternalError("handshake: OpenSSL has no room for a connection");
  return false;
}

Handshake::Wants HttpsHandshake::advance(HandshakeThread&) {
  if (!has_begun()) return status_.ok() ? Wants::read : Wants::nothing;
  ERR_clear_error();
  const int verdict = SSL_accept(ssl_.get());
  if (verdict == 1) return Wants::nothing;
  switch (SSL_get_error(ssl_.get(), verdict)) {
    case SSL_ERROR_WANT_READ:
      return Wants::read;
    case SSL_ERROR_WANT_WRITE:
      return Wants::write;
    default:
      status_ = bad_tls();
      return Wants::nothing;
  }
}

void HttpsHandshake::end(const absl::Status& given_up) {
  if (!given_up.ok()) status_ = given_up;
  if (!status_.ok()) return done_(status_);
  const bool speaks_http2 = has_chosen_http2(ssl_.get());
  done_(HttpsStream{make_tls_stream(std::move(socket_), std::move(ssl_)), speaks_http2});
}

}  // namespace tocsin::runtime
