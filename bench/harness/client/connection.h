// Connection: the transport of one simulated client, as cheap as the server's own.
//
//   closed --open()--> connecting --writable--> handshaking --done--> established
//      ^                       \--> in_clear --start_tls()--^             |
//      `------------- close(), or any call that gives an error ----------'
//
// OpenSSL does the handshake; from then on there is only a SealedSocket.
//
// Thread: one owner, with its Workspace.  Bound: that of SealedSocket, and of a handshake while it
// lasts.
#pragma once

#include <cstdint>
#include <memory>

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "harness/client/sealed_socket.h"
#include "harness/client/workspace.h"
#include "runtime/tls/tls_handshake.h"

namespace tocsin::harness {

// The client's side of a TLS 1.3 handshake as a machine of bytes, with a compact session at its end.
class ClientHandshake {
 public:
  using Step = runtime::TlsHandshake::Step;

  virtual ~ClientHandshake() = default;
  // Go on with `in` and append what must be sent to `out`, also when failed; first with nothing.
  // Requires that it did not return done.
  virtual Step feed(ByteView in, Bytes& out) = 0;
  // Why it failed.
  virtual const absl::Status& error() const = 0;
  // What is left of it. Requires done.
  virtual absl::StatusOr<runtime::Detached> detach(wire::TlsEngine& engine) = 0;
};

class Connection {
 public:
  enum class State : uint8_t { closed, connecting, in_clear, handshaking, established };
  using MakeHandshake = absl::FunctionRef<std::unique_ptr<ClientHandshake>()>;

  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begin to connect. `is_greeted`: the server speaks first, unencrypted, until start_tls().
  absl::Status open(const sockaddr_in& address, const SealedSocket::Opening& opening,
                    bool is_greeted, Workspace& workspace);

  // The socket is ready for something: connect, shake hands (with what `make` makes), receive,
  // send. What came of the application is appended to workspace.plaintext, also when an error is
  // returned. When the handshake is done, state() turns to established and workspace.exporter is
  // set. UNAVAILABLE when the peer has closed.
  absl::Status on_ready(MakeHandshake make, Workspace& workspace);
  // Requires in_clear.
  absl::Status start_tls(MakeHandshake make, Workspace& workspace);

  // Seal and send. Requires established.
  absl::Status send(ByteView data, Workspace& workspace);

  // Say close_notify if it is established, and close.
  void close(Workspace& workspace);
  // Leave the socket open but never look at it again.
  void abandon(Workspace& workspace) { socket_.abandon(workspace); }

  // Bytes that came and were not looked at. Requires an open socket.
  size_t unread_bytes() const { return socket_.unread_bytes(); }
  State state() const { return state_; }
  // Whether the handshake was a resumed one, and its suite. Require established.
  bool resumed() const { return resumed_; }
  wire::CipherSuite suite() const { return socket_.session().suite(); }

 private:
  absl::Status advance_handshake(ByteView in, Workspace& workspace);

  SealedSocket socket_;
  std::unique_ptr<ClientHandshake> handshake_;
  State state_ = State::closed;
  bool is_greeted_ = false;
  bool resumed_ = false;
};

// A worker holds 18,000 of these.
static_assert(sizeof(Connection) <= 240);

}  // namespace tocsin::harness
