// ClientHandshake: the TLS handshake of one device, full or resumed as its gateway's Resumption
// says, and the fetch of the ticket that others resume with.
//
// Tickets come behind the handshake, where the compact session would pass over them: the one device
// that fetches stays with OpenSSL until its ticket is there.
//
// Thread: one worker.  Bound: that of runtime::TlsHandshake.
#pragma once

#include <memory>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "drill/resumption.h"
#include "drill/target.h"
#include "runtime/tls/tls_handshake.h"
#include "wire/tls_session.h"

namespace tocsin::drill {

class ClientHandshake {
 public:
  using Step = runtime::TlsHandshake::Step;

  // Of device `number` with `target`, which must outlive it.
  ClientHandshake(Target& target, uint32_t number);
  ~ClientHandshake();
  ClientHandshake(const ClientHandshake&) = delete;
  ClientHandshake& operator=(const ClientHandshake&) = delete;

  // Go on with `in` and append what must be sent to `out`, also when failed; first with nothing.
  // Requires that it did not return done.
  Step feed(ByteView in, Bytes& out);
  // Why it failed.
  const absl::Status& error() const { return handshake_->error(); }
  // What is left of it. Requires done.
  absl::StatusOr<runtime::Detached> detach(wire::TlsEngine& engine) {
    return handshake_->detach(engine);
  }

 private:
  Step fetch_ticket(ByteView in);

  Resumption& resumption_;
  std::unique_ptr<runtime::TlsHandshake> handshake_;
  bool is_fetching_;
  bool is_past_handshake_ = false;  // and still waiting for the ticket
};

}  // namespace tocsin::drill
