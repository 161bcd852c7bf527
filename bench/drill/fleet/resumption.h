// Resumption: which of a worker's handshakes with one gateway resume, and with what ticket.
//
//   none --take_fetch()--> being fetched --keep()--> held
//    ^----- fetch_failed(may try again) -----/  \--fetch_failed(no tickets here)--> none for good
//
// A fleet that comes back after an outage mostly resumes, and a machine that plays a million
// devices has no CPU for a million first handshakes. One device makes a full handshake and fetches
// the ticket; it is used again and again, which TLS 1.3 leaves to the server (RFC 8446 C.4) and
// tocsind, which takes no early data, allows. Where there is no ticket a handshake is a full one.
//
// Thread: one worker.  Bound: one ticket.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <string>

#include "base/bytes.h"
#include "harness/client/ticket_handshake.h"
#include "runtime/tls/tls_context.h"
#include "sdk_client/client_fsm.h"

namespace tocsin::bench::drill {

class Resumption {
 public:
  // Of a hundred devices this many resume.
  explicit Resumption(uint32_t percent = 0) : percent_(percent) {}

  // For a handshake of device `number`; empty: a full one. Valid until the next keep().
  ByteView ticket_for(uint32_t number) const;

  // Whether the handshake that begins now is the one that brings the ticket. When it is, keep() or
  // fetch_failed() must follow.
  bool take_fetch();
  void keep(ByteView ticket);
  // `no_tickets`: the handshake went well, but no ticket came; nobody will try again.
  void fetch_failed(bool no_tickets);

 private:
  enum class State : uint8_t { none, being_fetched, held, not_given };

  uint32_t percent_;
  State state_ = State::none;
  Bytes ticket_;
};

// What all devices of a worker that belong to one gateway have in common.
struct Target {
  sockaddr_in address{};
  std::string server_name;  // that the certificate must be valid for
  runtime::TlsContext tls;
  bool spread_sources = false;
  Resumption resumption;
  sdk_client::ClientOptions client_options = {};
  uint32_t end = 0;  // of the worker's devices, after the last one that belongs to it
};

// The TLS handshake of one device, full or resumed as its gateway's Resumption says, and the fetch
// of the ticket that others resume with.
class DeviceHandshake final : public TicketHandshake {
 public:
  // Of device `number` with `target`, which must outlive it.
  DeviceHandshake(Target& target, uint32_t number);
  ~DeviceHandshake() override;

  Step feed(ByteView in, Bytes& out) override;

 private:
  Resumption& resumption_;
  bool is_kept_ = false;  // the ticket it fetched
};

}  // namespace tocsin::bench::drill
