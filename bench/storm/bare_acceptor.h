// BareAcceptor: the least that a server on OpenSSL can do: what the handshake pool is compared
// with.
//
// One epoll set, SSL_accept on a socket BIO, and the same settings as runtime/tls/tls_context.h as far
// as they cost anything: certificate, suites, group, ALPN, one stateless ticket, no session cache.
//
// Thread: one owner.
#pragma once

#include <openssl/ssl.h>

#include "runtime/tls/handshake_pool.h"
#include "runtime/tls/openssl_ptr.h"

namespace tocsin::storm {

class BareAcceptor {
 public:
  // Requires an identity that fits together.
  explicit BareAcceptor(const runtime::TlsIdentity& identity);
  ~BareAcceptor();
  BareAcceptor(const BareAcceptor&) = delete;
  BareAcceptor& operator=(const BareAcceptor&) = delete;

  // Accept and shake hands for ever; each connection is closed when that is done or failed.
  [[noreturn]] void serve(int listener);

 private:
  void accept_all(int listener);
  // Go on with one handshake; frees the object and closes its socket when it has ended.
  void advance(SSL* ssl);

  std::unique_ptr<SSL_CTX, runtime::OpensslFree<SSL_CTX_free>> context_;
  int epoll_;
};

}  // namespace tocsin::storm
