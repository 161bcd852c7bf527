// Connection: the transport of one simulated device, as cheap as the server's own.
//
//   closed --open()--> connecting --writable--> handshaking --done--> established
//      ^------------ close(), or any call that gives an error --------------/
//
// OpenSSL does the handshake; from then on there is only a compact wire::TlsSession, and buffers
// exist only while a record is incomplete or the kernel takes no more.
//
// Thread: one worker, with its Workspace.  Bound: one incomplete record; unsent_bytes_max.
#pragma once

#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <string>

#include <absl/status/status.h>

#include "base/bytes.h"
#include "drill/workspace.h"
#include "runtime/tls_context.h"
#include "runtime/tls_handshake.h"
#include "wire/tls_session.h"

namespace tocsin::drill {

// What all devices of a worker connect to.
struct Target {
  sockaddr_in address{};
  std::string server_name;  // that the certificate must be valid for
  runtime::TlsContext tls;
  bool spread_sources = false;
};

class Connection {
 public:
  enum class State : uint8_t { closed, connecting, handshaking, established };

  Connection() = default;
  ~Connection();  // closes without a word
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // How a connection is opened.
  struct Opening {
    uint8_t source = 1;   // from 127.0.0.<source> if target.spread_sources
    uint32_t token = 0;   // its events come under
    bool narrow = false;  // take only a few KB unread: for a device that will not read
  };

  // Begin to connect.
  absl::Status open(const Target& target, const Opening& opening, Workspace& workspace);

  // The socket is ready for something: connect, shake hands, receive, send. Application data that
  // came is appended to workspace.plaintext, also when an error is returned. When the handshake is
  // done, state() turns to established and workspace.exporter is set. UNAVAILABLE when the peer has
  // closed.
  absl::Status on_ready(const Target& target, Workspace& workspace);

  // Seal and send. Requires established.
  absl::Status send(ByteView data, Workspace& workspace);

  // Say close_notify if it is established, and close.
  void close(Workspace& workspace);

  // Leave the socket open but never look at it again.
  void abandon(Workspace& workspace);

  // Bytes that came and were not looked at. Requires an open socket.
  size_t unread_bytes() const;

  State state() const { return state_; }

 private:
  // Exists only while there is something in it.
  struct Backlog {
    Bytes received;  // the front of an incomplete record
    Bytes unsent;
  };

  absl::Status begin_handshake(const Target& target, Workspace& workspace);
  absl::Status advance_handshake(MutableBytes in, Workspace& workspace);
  absl::Status take_records(MutableBytes in, Workspace& workspace);
  absl::Status receive(Workspace& workspace);
  absl::Status send_sealed(ByteView bytes, Workspace& workspace);
  absl::Status flush(Workspace& workspace);
  Backlog& backlog();
  void drop_empty_backlog();

  wire::TlsSession session_;
  std::unique_ptr<runtime::TlsHandshake> handshake_;
  std::unique_ptr<Backlog> backlog_;
  int fd_ = -1;
  uint32_t token_ = 0;
  State state_ = State::closed;
};

// A worker holds 18,000 of these.
static_assert(sizeof(Connection) <= 240);

}  // namespace tocsin::drill
