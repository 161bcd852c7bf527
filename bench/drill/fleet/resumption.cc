#include "drill/fleet/resumption.h"

#include "base/check.h"
#include "drill/fleet/plan.h"

namespace tocsin::bench::drill {
namespace {

// The value of SSL_SESSION's ASN.1 field `peer`, [3] EXPLICIT.
constexpr uint8_t peer_certificate_tag = 0xa3;
constexpr uint8_t sequence_tag = 0x30;

// Cut one element (tag, length, value; ITU-T X.690) off the front of `rest`. False when it is not
// whole, or longer than a session is.
bool cut_element(ByteView& rest, ByteView& element, ByteView& value) {
  if (rest.size() < 2) return false;
  size_t head = 2;
  size_t length = rest[1];
  if (length >= 0x80) {
    head += length & 0x7f;
    if (head > 4 || rest.size() < head) return false;
    length = head == 3 ? rest[2] : static_cast<size_t>(rest[2]) << 8 | rest[3];
  }
  if (rest.size() < head + length) return false;
  element = rest.first(head + length);
  value = element.subspan(head);
  rest = rest.subspan(element.size());
  return true;
}

// The session without the server's certificate, which OpenSSL would parse again for every device
// that resumes: of 610 us that a client's resumed handshake takes, 340. The certificate was checked
// when the ticket was fetched, and resuming does not look at it (RFC 8446 section 4.6.1). What is
// not such a session comes back as it is.
Bytes without_certificate(ByteView session) {
  ByteView rest = session;
  ByteView element;
  ByteView fields;
  if (!cut_element(rest, element, fields) || element[0] != sequence_tag || !rest.empty()) {
    return Bytes(session.begin(), session.end());
  }
  Bytes kept;
  ByteView value;
  while (!fields.empty()) {
    if (!cut_element(fields, element, value)) return Bytes(session.begin(), session.end());
    if (element[0] != peer_certificate_tag) append(kept, element);
  }
  Bytes shorter = {sequence_tag, 0x82, static_cast<uint8_t>(kept.size() >> 8),
                   static_cast<uint8_t>(kept.size())};
  append(shorter, kept);
  return shorter;
}

}  // namespace

ByteView Resumption::ticket_for(uint32_t number) const {
  if (state_ != State::held || !is_of_percent(number, percent_)) return {};
  return ticket_;
}

bool Resumption::take_fetch() {
  if (percent_ == 0 || state_ != State::none) return false;
  state_ = State::being_fetched;
  return true;
}

void Resumption::keep(ByteView ticket) {
  TOCSIN_CHECK(state_ == State::being_fetched);
  ticket_ = without_certificate(ticket);
  state_ = State::held;
}

void Resumption::fetch_failed(bool no_tickets) {
  TOCSIN_CHECK(state_ == State::being_fetched);
  state_ = no_tickets ? State::not_given : State::none;
}

DeviceHandshake::DeviceHandshake(Target& target, uint32_t number)
    : TicketHandshake(target.tls, target.server_name, target.resumption.ticket_for(number),
                      target.resumption.take_fetch()),
      resumption_(target.resumption) {}

DeviceHandshake::~DeviceHandshake() {
  if (is_fetching() && !is_kept_) resumption_.fetch_failed(is_past_handshake());
}

ClientHandshake::Step DeviceHandshake::feed(ByteView in, Bytes& out) {
  const Step step = TicketHandshake::feed(in, out);
  if (step == Step::done && is_fetching()) {
    resumption_.keep(ticket());
    is_kept_ = true;
  }
  return step;
}

}  // namespace tocsin::bench::drill
