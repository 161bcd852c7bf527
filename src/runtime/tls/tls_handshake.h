// TlsHandshake: one TLS 1.3 handshake as a state machine over bytes, ending in a compact session.
//
// Ciphertext goes in, ciphertext comes out; no socket. OpenSSL runs between two memory BIOs, so
// every byte passes through here and nothing that arrives after the handshake can vanish in a
// library buffer: that is what makes the take-over safe (docs/decisions/0002). As soon as OpenSSL
// is done, detach() proves the caught keys (a server decrypts its own ticket records with them),
// takes the exporter value and frees the SSL object.
//
//   more --feed()--> ... --> done --detach()--> (empty)
//      \--bad TLS, wrong ALPN, untrusted certificate--> failed; `out` ends with the alert
//
// Thread: one owner.
// Bound: about 54 KB of OpenSSL heap while it lives; input is consumed at once, except what follows
// the handshake in the last feed(), which is kept for detach().
#pragma once

#include <memory>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "runtime/tls/tls_context.h"
#include "wire/hello_auth.h"
#include "wire/tls_session.h"

namespace tocsin::runtime {

// What is left of a finished handshake.
struct Detached {
  wire::TlsSession session;
  // Label wire::exporter_label, no context, which RFC 8446 section 7.5 makes the same as an empty
  // one.
  wire::Exporter exporter{};
  Bytes early_input;  // ciphertext that arrived after the handshake: feed() it first
  bool resumed = false;
};

class TlsHandshake {
 public:
  enum class Step { more, done, failed };

  // Made with TlsContext::server().
  static std::unique_ptr<TlsHandshake> server(const TlsContext& context);

  // Made with TlsContext::client(). `host` is a DNS name or an IP address; the server's certificate
  // must be valid for it. `ticket` is what an earlier ticket() gave, or empty; one that does not
  // parse is ignored, because a full handshake always works.
  static std::unique_ptr<TlsHandshake> client(const TlsContext& context, const std::string& host,
                                              ByteView ticket = {});
  ~TlsHandshake();

  // Go on with `in` and append what must be sent to `out`, even when failed. A client calls it once
  // with no input to get its ClientHello. Requires step() == more.
  Step feed(ByteView in, Bytes& out);
  Step step() const { return step_; }
  // Why it failed.
  const absl::Status& error() const { return error_; }

  // For a client that wants to resume later: after done, instead of detaching at once, go on with
  // received bytes until ticket() is not empty, then detach. Fails when the server sends something
  // else before its ticket. Requires step() == done and the client role.
  Step feed_for_ticket(ByteView in);
  const Bytes& ticket() const { return caught_.ticket; }

  // Leave OpenSSL. INTERNAL when the caught keys fail the check. Requires step() == done; the
  // object is of no use afterwards.
  absl::StatusOr<Detached> detach(wire::TlsEngine& engine);

 private:
  class Ssl;
  TlsHandshake(const TlsContext& context, wire::TlsSession::Role role);
  Step fail(absl::Status error);
  Step advance_one_record_for_ticket();
  void on_done();
  absl::Status check_detachable(wire::CipherSuite& suite) const;
  absl::StatusOr<uint64_t> count_own_tickets(wire::TlsEngine& engine, wire::CipherSuite suite);

  TlsCatch caught_;
  std::unique_ptr<Ssl> ssl_;
  wire::TlsSession::Role role_;
  Step step_ = Step::more;
  absl::Status error_;
  Bytes own_tickets_;          // server: the records OpenSSL wrote when it was done
  Bytes early_input_;          // received after the handshake and not given to OpenSSL
  uint64_t records_read_ = 0;  // client: records read while waiting for the ticket
};

}  // namespace tocsin::runtime
