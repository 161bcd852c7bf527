// Connection: the transport of one simulated device, as cheap as the server's own.
//
//   closed --open()--> connecting --writable--> handshaking --done--> established
//      ^------------ close(), or any call that gives an error --------------/
//
// OpenSSL does the handshake; from then on there is only a SealedSocket.
//
// Thread: one worker, with its Workspace.  Bound: that of SealedSocket, and of a handshake while it
// lasts.
#pragma once

#include <cstdint>
#include <memory>

#include <absl/status/status.h>

#include "base/bytes.h"
#include "drill/client_handshake.h"
#include "drill/sealed_socket.h"
#include "drill/target.h"
#include "drill/workspace.h"

namespace tocsin::drill {

class Connection {
 public:
  enum class State : uint8_t { closed, connecting, handshaking, established };

  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Whose connection it is.
  struct Opening {
    uint32_t number = 0;  // of the device in the fleet: decides source address and resumption
    uint32_t token = 0;   // its events come under
    bool narrow = false;  // take only a few KB unread: for a device that will not read
  };

  // Begin to connect.
  absl::Status open(const Target& target, const Opening& opening, Workspace& workspace);

  // The socket is ready for something: connect, shake hands, receive, send. Application data that
  // came is appended to workspace.plaintext, also when an error is returned. When the handshake is
  // done, state() turns to established and workspace.exporter is set. UNAVAILABLE when the peer has
  // closed. `target` must outlive the connection.
  absl::Status on_ready(Target& target, Workspace& workspace);

  // Seal and send. Requires established.
  absl::Status send(ByteView data, Workspace& workspace);

  // Say close_notify if it is established, and close.
  void close(Workspace& workspace);

  // Leave the socket open but never look at it again.
  void abandon(Workspace& workspace) { socket_.abandon(workspace); }

  // Bytes that came and were not looked at. Requires an open socket.
  size_t unread_bytes() const { return socket_.unread_bytes(); }

  State state() const { return state_; }
  // Whether the handshake was a resumed one. Requires established.
  bool resumed() const { return resumed_; }

 private:
  absl::Status begin_handshake(Target& target, Workspace& workspace);
  absl::Status advance_handshake(ByteView in, Workspace& workspace);

  SealedSocket socket_;
  std::unique_ptr<ClientHandshake> handshake_;
  uint32_t number_ = 0;
  State state_ = State::closed;
  bool resumed_ = false;
};

// A worker holds 18,000 of these.
static_assert(sizeof(Connection) <= 240);

}  // namespace tocsin::drill
