// HandshakeClient: stock OpenSSL clients, many at once, that connect, take their ticket and go.
//
// The same for every server: TLS_AES_128_GCM_SHA256, X25519, ALPN tocsin/1, certificate not checked
// (its cost is not the server's). A run offers a ticket of an earlier run, or none.
//
// Thread: one owner.  Bound: `at_once` connections.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <absl/status/status.h>
#include <openssl/ssl.h>

#include "runtime/tls/openssl_ptr.h"

namespace tocsin::storm {

class HandshakeClient {
 public:
  HandshakeClient(uint16_t port, uint32_t at_once);
  ~HandshakeClient();
  HandshakeClient(const HandshakeClient&) = delete;
  HandshakeClient& operator=(const HandshakeClient&) = delete;

  // Shake hands `count` times; returns when the last connection has ended. UNAVAILABLE when one
  // failed, or was resumed and should not have been, or the other way round.
  absl::Status run(uint32_t count, bool resume);

 private:
  struct Connection {
    std::unique_ptr<SSL, runtime::OpensslFree<SSL_free>> ssl;
    int fd = -1;
    bool is_connected = false;
    uint32_t watched = 0;
  };
  enum class Step { more, done, failed };

  static int on_ticket(SSL* ssl, SSL_SESSION* session);
  absl::Status begin(uint32_t index, bool resume);
  Step advance(Connection& connection, bool resume);
  void watch(uint32_t index, uint32_t events);

  std::unique_ptr<SSL_CTX, runtime::OpensslFree<SSL_CTX_free>> context_;
  uint16_t port_;
  int epoll_;
  std::vector<Connection> connections_;
  runtime::SslSessionPtr ticket_;
};

}  // namespace tocsin::storm
