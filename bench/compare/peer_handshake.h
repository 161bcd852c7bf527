// PeerHandshake: the client's side of a TLS 1.3 handshake with a server that is not Tocsin.
//
// runtime/tls/tls_handshake.h insists on Tocsin's ALPN name; this one offers none. All else is the
// same: the suites and groups of runtime::TlsContext, OpenSSL between two memory BIOs, and at the
// end a compact wire::TlsSession, so that 18,000 clients fit into one process and cost no more time
// than the clients of tocsin-drill.
//
// Thread: one owner.  Bound: about 54 KB of OpenSSL heap while it lives.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "harness/client/connection.h"
#include "runtime/tls/openssl_ptr.h"
#include "runtime/tls/tls_context.h"

namespace tocsin::bench::compare {

class PeerHandshake final : public ClientHandshake {
 public:
  static constexpr char suite_name[] = "TLS_AES_128_GCM_SHA256";

  // A context whose clients offer the one suite and no ALPN. `ca_pem` signs the server's
  // certificate.
  static absl::StatusOr<runtime::TlsContext> context(const std::string& ca_pem);

  // Made with context(). The certificate must be valid for 127.0.0.1.
  explicit PeerHandshake(const runtime::TlsContext& context);

  Step feed(ByteView in, Bytes& out) override;
  const absl::Status& error() const override { return error_; }
  // Leave OpenSSL. INTERNAL when it holds something back. The exporter is not filled in.
  absl::StatusOr<runtime::Detached> detach(wire::TlsEngine& engine) override;

 private:
  runtime::TlsCatch caught_;
  runtime::SslPtr ssl_;
  BIO* from_peer_;  // both owned by ssl_
  BIO* to_peer_;
  absl::Status error_;
};

}  // namespace tocsin::bench::compare
