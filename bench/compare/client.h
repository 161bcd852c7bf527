// Client: one connection to a peer: a socket, a compact TLS session and a speaker.
//
//   closed --open()--> connecting --> (greeting) --> handshaking --> speaking --ready--> ready
//
// As cheap as a device of tocsin-drill, on the same drill::SealedSocket.
//
// Thread: one owner, with its Workspace.  Bound: input_bytes_max and that of SealedSocket.
#pragma once

#include <cstdint>
#include <memory>
#include <netinet/in.h>

#include <absl/status/status.h>

#include "base/bytes.h"
#include "compare/peer_handshake.h"
#include "compare/speaker.h"
#include "drill/sealed_socket.h"
#include "drill/workspace.h"
#include "runtime/tls/tls_context.h"
#include "wire/tls_session.h"

namespace tocsin::compare {

// What all clients of a thread share while one of them is served.
struct Workspace : drill::Workspace {
  using drill::Workspace::Workspace;
  Bytes spoken;
  Events events;
};

class Client {
 public:
  enum class State : uint8_t { closed, connecting, greeting, handshaking, speaking, ready };

  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Begin to connect; `speaker`, which must outlive the client, does the talking. Events of the
  // socket come to the workspace's epoll under `token`.
  absl::Status open(const sockaddr_in& address, Speaker& speaker, uint32_t token,
                    Workspace& workspace);

  // The socket is ready for something. What the speaker found is in workspace.events until the
  // next call for any client. UNAVAILABLE when the server has closed.
  absl::Status on_ready(const runtime::TlsContext& tls, Workspace& workspace);

  // Seal and send. Requires ready.
  absl::Status send(ByteView data, Workspace& workspace);

  // Without a word.
  void close();

  State state() const { return state_; }
  // Requires ready.
  wire::CipherSuite suite() const { return socket_.session().suite(); }

 private:
  absl::Status on_connected(const runtime::TlsContext& tls, Workspace& workspace);
  absl::Status begin_handshake(const runtime::TlsContext& tls, Workspace& workspace);
  absl::Status advance_handshake(ByteView in, Workspace& workspace);
  absl::Status on_greeting(ByteView in, const runtime::TlsContext& tls, Workspace& workspace);
  absl::Status take_records(MutableBytes in, Workspace& workspace);
  absl::Status speak(Workspace& workspace);

  drill::SealedSocket socket_;
  std::unique_ptr<PeerHandshake> handshake_;
  std::unique_ptr<Bytes> unheard_;  // the front of what the speaker waits for the end of
  Speaker* speaker_ = nullptr;
  State state_ = State::closed;
};

}  // namespace tocsin::compare
