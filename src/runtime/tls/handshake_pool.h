// HandshakePool: the TLS 1.3 handshakes of devices, on threads of their own (HandshakeThreads).
//
// When a handshake is done, the connection leaves as a compact wire::TlsSession. What finds no room
// waits in the kernel's accept queue.
//
//   submit(fd) --> handshaking --ok--> done(Handshaken)
//                       \--deadline, bad TLS, no ALPN-----> done(error)
//
// The socket is closed unless the receiver takes it out of Handshaken.
//
// Thread: submit() from any thread; `done` is called on a pool thread and must only post.
// Bound: in_flight_max; each handshake ends at deadline_ms.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "runtime/net/socket.h"
#include "runtime/tls/handshake_threads.h"
#include "wire/hello_auth.h"
#include "wire/tls_session.h"

namespace tocsin::runtime {

// Certificate and key of a server, as PEM text.
struct TlsIdentity {
  std::string certificate_chain_pem;
  std::string private_key_pem;
};

// What a finished handshake leaves.
struct Handshaken {
  Socket socket;  // non-blocking
  wire::TlsSession session;
  wire::Exporter exporter{};
  Bytes early_input;  // ciphertext that arrived after the handshake: feed() it first
};

class HandshakePool {
 public:
  // Errors: DEADLINE_EXCEEDED, UNAVAILABLE (the peer went away), INVALID_ARGUMENT (its TLS was bad,
  // with OpenSSL's reason), INTERNAL (the take-over failed: not the peer's fault, and logged here).
  using Done = absl::AnyInvocable<void(absl::StatusOr<Handshaken>)>;

  // INVALID_ARGUMENT when the identity does not parse, key and certificate do not match, or an
  // option is 0 or over its limit.
  static absl::StatusOr<std::unique_ptr<HandshakePool>> create(const TlsIdentity& identity,
                                                               HandshakeThreadsOptions options);
  ~HandshakePool();  // ends the threads; handshakes in flight are dropped and their sockets closed

  // Take the accepted, non-blocking socket `fd`. False when in_flight_max are under way: `fd` is
  // still the caller's, who should stop accepting until a `done` has been called.
  bool submit(int fd, Done done);

  uint32_t in_flight() const;
  uint32_t in_flight_max() const;

 private:
  class Impl;
  explicit HandshakePool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::runtime
