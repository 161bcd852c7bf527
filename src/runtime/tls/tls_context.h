// TlsContext: what all handshakes of one kind share: certificate or trusted CA, suites, ticket
// keys.
//
// TLS 1.3 only, TLS_AES_128_GCM_SHA256 and TLS_CHACHA20_POLY1305_SHA256 (the two that wire/ can
// take over), X25519 before P-256, ALPN tocsin/1 required. A server sends one stateless ticket per
// connection and never accepts early data. All contexts of a process share one set of ticket keys,
// so a device can resume at whichever pool takes its connection; the keys die with the process.
//
// It also installs the callbacks that catch what the library otherwise keeps to itself: the traffic
// secrets (runtime/tls/tls_kdf.h) and, for a client, the ticket.
//
// Thread: immutable once made. Copies share it.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "runtime/tls/handshake_pool.h"
#include "runtime/tls/tls_kdf.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tocsin::runtime {

// Name, HMAC key and AES key of session tickets, as OpenSSL takes them.
struct TicketKeys {
  std::array<uint8_t, 80> bytes{};
  // The keys of this process: random, made on first use.
  static const TicketKeys& of_process();
};

// What the callbacks of one handshake catch. Cleansed on destruction.
struct TlsCatch : TlsSecrets {
  ~TlsCatch();

  Bytes ticket;  // serialized session, empty until a ticket arrives
};

class TlsContext {
 public:
  // INVALID_ARGUMENT when the PEM text does not parse or key and certificate do not match.
  static absl::StatusOr<TlsContext> server(
      const TlsIdentity& identity, const TicketKeys& ticket_keys = TicketKeys::of_process());

  // Trusts the certificates in `ca_pem` and nothing else. INVALID_ARGUMENT when it holds none.
  static absl::StatusOr<TlsContext> client(const std::string& ca_pem);

  ssl_ctx_st* get() const { return context_.get(); }

  // Have the callbacks fill `caught`, which must outlive `ssl`.
  static void attach(ssl_st* ssl, TlsCatch* caught);

 private:
  explicit TlsContext(ssl_ctx_st* context);
  std::shared_ptr<ssl_ctx_st> context_;
};

// The text of the oldest error in OpenSSL's queue, which is emptied.
std::string take_openssl_error();

}  // namespace tocsin::runtime
