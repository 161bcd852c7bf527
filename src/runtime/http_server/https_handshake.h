// HttpsHandshake: the TLS handshake of an API client, for HandshakeThreads.
//
// It costs nothing until the client has sent its first byte: whoever only connects holds a socket
// and no OpenSSL object.
//
// Thread: a handshake thread; `done` is called there and must only post.
#pragma once

#include <memory>

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <openssl/ssl.h>

#include "runtime/http_server/byte_stream.h"
#include "runtime/net/socket.h"
#include "runtime/tls/handshake.h"
#include "runtime/tls/openssl_ptr.h"

namespace tocsin::runtime {

struct HttpsStream {
  std::unique_ptr<ByteStream> stream;
  bool speaks_http2 = false;  // by ALPN
};

class HttpsHandshake final : public Handshake {
 public:
  // The errors are those of HandshakePool::Done.
  using Done = absl::AnyInvocable<void(absl::StatusOr<HttpsStream>)>;

  HttpsHandshake(Socket socket, std::shared_ptr<SSL_CTX> context, Done done);

  int fd() const override { return socket_.fd(); }
  void start(HandshakeThread&) override {}
  Wants advance(HandshakeThread& thread) override;
  int step() const override { return ssl_ == nullptr ? -1 : SSL_get_state(ssl_.get()); }
  void end(const absl::Status& given_up) override;

 private:
  // Whether there is something to answer; makes `ssl_` then.
  bool has_begun();

  Socket socket_;
  std::shared_ptr<SSL_CTX> context_;
  Done done_;
  SslPtr ssl_;
  absl::Status status_ = absl::OkStatus();
};

}  // namespace tocsin::runtime
