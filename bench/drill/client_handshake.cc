#include "drill/client_handshake.h"

namespace tocsin::drill {

using runtime::TlsHandshake;

ClientHandshake::ClientHandshake(Target& target, uint32_t number)
    : resumption_(target.resumption),
      handshake_(
          TlsHandshake::client(target.tls, target.server_name, resumption_.ticket_for(number))),
      is_fetching_(resumption_.take_fetch()) {}

ClientHandshake::~ClientHandshake() {
  if (is_fetching_) resumption_.fetch_failed(is_past_handshake_);
}

ClientHandshake::Step ClientHandshake::feed(ByteView in, Bytes& out) {
  if (handshake_->step() == Step::failed) return Step::failed;
  if (is_past_handshake_) return fetch_ticket(in);
  const Step step = handshake_->feed(in, out);
  if (step != Step::done || !is_fetching_) return step;
  is_past_handshake_ = true;
  return fetch_ticket({});
}

ClientHandshake::Step ClientHandshake::fetch_ticket(ByteView in) {
  const Step step = handshake_->feed_for_ticket(in);
  if (step != Step::done) return step;
  if (handshake_->ticket().empty()) return Step::more;
  resumption_.keep(handshake_->ticket());
  is_fetching_ = false;
  return step;
}

}  // namespace tocsin::drill
