#include "runtime/http_server/byte_stream.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include <climits>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace tocsin::runtime {
namespace {

using Outcome = ByteStream::Outcome;
using Result = ByteStream::Result;

bool is_blocked(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}

  int fd() const override { return socket_.fd(); }

  Result read(char* into, size_t bytes_max) override {
    ssize_t got = 0;
    do {
      got = recv(fd(), into, bytes_max, 0);
    } while (got < 0 && errno == EINTR);
    if (got == 0) return {Outcome::ended};
    Result result = of(got);
    result.drained = result.bytes < bytes_max;
    return result;
  }

  Result write(std::string_view bytes) override {
    ssize_t sent = 0;
    do {
      sent = send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return of(sent);
  }

  void end_output() override { shutdown(fd(), SHUT_WR); }

 private:
  static Result of(ssize_t moved) {
    if (moved >= 0) return {Outcome::moved, static_cast<size_t>(moved)};
    return {is_blocked(errno) ? Outcome::blocked : Outcome::lost};
  }

  Socket socket_;
};

// An honest peer changes its keys once in many gigabytes. OpenSSL does it as often as it is asked,
// within one read, for as long as more of it arrives.
constexpr uint32_t key_updates_max = 64;

class TlsStream final : public ByteStream {
 public:
  TlsStream(Socket socket, SslPtr ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {
    SSL_set_msg_callback(ssl_.get(), on_message);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    BIO* socket_reads = SSL_get_rbio(ssl_.get());
    BIO_set_callback_ex(socket_reads, on_socket_read);
    BIO_set_callback_arg(socket_reads, reinterpret_cast<char*>(this));
  }

  int fd() const override { return socket_.fd(); }

  Result read(char* into, size_t bytes_max) override {
    ERR_clear_error();
    size_t got = 0;
    socket_drained_ = false;
    if (SSL_read_ex(ssl_.get(), into, bytes_max, &got) == 1) {
      return {Outcome::moved, got, socket_drained_ && SSL_has_pending(ssl_.get()) == 0};
    }
    const int error = SSL_get_error(ssl_.get(), 0);
    if (error == SSL_ERROR_ZERO_RETURN) return {Outcome::ended};
    return failed(error);
  }

  Result write(std::string_view bytes) override {
    ERR_clear_error();
    size_t sent = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) == 1) {
      return {Outcome::moved, sent};
    }
    return failed(SSL_get_error(ssl_.get(), 0));
  }

  void end_output() override {
    ERR_clear_error();
    if (!broken_) SSL_shutdown(ssl_.get());
    shutdown(fd(), SHUT_WR);
  }

 private:
  static void on_message(int is_sent, int, int content_type, const void* bytes, size_t size, SSL*,
                         void* self) {
    if (is_sent != 0 || content_type != SSL3_RT_HANDSHAKE || size == 0) return;
    if (*static_cast<const uint8_t*>(bytes) != SSL3_MT_KEY_UPDATE) return;
    auto& stream = *static_cast<TlsStream*>(self);
    // Nothing more is read then, whatever is on its way.
    if (++stream.key_updates_ > key_updates_max) shutdown(stream.fd(), SHUT_RDWR);
  }

  // OpenSSL asks for more than a record: what it gets is all there was, if it is less.
  static long on_socket_read(BIO* bio, int what, const char*, size_t asked, int, long, int result,
                             size_t* got) {
    if (what == (BIO_CB_READ | BIO_CB_RETURN) && result > 0) {
      auto& stream = *reinterpret_cast<TlsStream*>(BIO_get_callback_arg(bio));
      stream.socket_drained_ = *got < asked;
    }
    return result;
  }

  Result failed(int error) {
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {Outcome::blocked};
    broken_ = true;
    return {Outcome::lost};
  }

  Socket socket_;  // outlives ssl_, which uses its number
  SslPtr ssl_;
  uint32_t key_updates_ = 0;
  bool socket_drained_ = false;  // by the last read
  bool broken_ = false;          // OpenSSL forbids to shut it down then
};

}  // namespace

std::unique_ptr<ByteStream> make_plain_stream(Socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

std::unique_ptr<ByteStream> make_tls_stream(Socket socket, SslPtr ssl) {
  return std::make_unique<TlsStream>(std::move(socket), std::move(ssl));
}

}  // namespace tocsin::runtime
