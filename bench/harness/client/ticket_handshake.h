// TicketHandshake: a device's TLS handshake with Tocsin, full or resumed, that may be over only when
// a ticket has come. Tickets come after the handshake, where the compact session would pass over
// them: who wants one stays with OpenSSL until it is there.
//
// Thread: one owner.  Bound: runtime::TlsHandshake's.
#pragma once

#include <memory>
#include <string>

#include "harness/client/connection.h"

namespace tocsin::bench {

class TicketHandshake : public ClientHandshake {
 public:
  // `ticket`: to resume with, or empty. `is_fetching`: over only when another has come.
  TicketHandshake(const runtime::TlsContext& tls, const std::string& host, ByteView ticket,
                  bool is_fetching)
      : handshake_(runtime::TlsHandshake::client(tls, host, ticket)), is_fetching_(is_fetching) {}

  Step feed(ByteView in, Bytes& out) override {
    if (handshake_->step() == Step::failed) return Step::failed;
    if (!is_past_handshake_) {
      const Step step = handshake_->feed(in, out);
      if (step != Step::done || !is_fetching_) return step;
      is_past_handshake_ = true;
      in = {};
    }
    const Step step = handshake_->feed_for_ticket(in);
    return step == Step::done && ticket().empty() ? Step::more : step;
  }
  const absl::Status& error() const override { return handshake_->error(); }
  absl::StatusOr<runtime::Detached> detach(wire::TlsEngine& engine) override {
    return handshake_->detach(engine);
  }

 protected:
  // What has come; empty before.
  ByteView ticket() const { return handshake_->ticket(); }
  bool is_fetching() const { return is_fetching_; }
  bool is_past_handshake() const { return is_past_handshake_; }

 private:
  std::unique_ptr<runtime::TlsHandshake> handshake_;
  const bool is_fetching_;
  bool is_past_handshake_ = false;  // and perhaps still waiting for the ticket
};

}  // namespace tocsin::bench
