// Connection: the transport of one simulated client, as cheap as the server's own.
//
//   closed --open()--> connecting --writable--> handshaking --done--> established
//      ^                       \--> in_clear --start_tls()--^             |
//      `------------- close(), or any call that gives an error ----------'
//
// OpenSSL does the handshake; from then on there is only a compact TLS session. Every program that
// plays devices or other clients sits on this one, so that the queue behind a full socket and the
// incomplete record in front of it exist once.
//
// Thread: one owner, with its Workspace.  Bound: one incomplete record; unsent_bytes_max; that of a
// handshake while it lasts. Buffers exist only while there is something in them.
#pragma once

#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <optional>

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "runtime/tls/tls_handshake.h"
#include "wire/tls_session.h"

namespace tocsin::bench {

// What the connections of one thread share while one of them is being served: the poller, the
// cipher contexts and the buffers, so that none of it is paid for 18,000 times.
struct Workspace {
  // One incomplete record and what is read after it.
  static constexpr size_t receive_bytes = 64 * 1024;
  static_assert(receive_bytes > 2 * (limits::tls_header_bytes + limits::tls_plaintext_bytes_max +
                                     limits::tls_expansion_bytes_max));

  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Wait at most `wait_ms` for connections to be ready; `on_ready` is called with the token of each,
  // until it gives an error. How many were.
  absl::StatusOr<int> wait(uint32_t wait_ms,
                           absl::FunctionRef<absl::Status(uint32_t token)> on_ready) const;
  // Tell of a descriptor of another's too, when it can be read.
  void watch(int fd, uint32_t token) const;

  const int epoll_fd;
  wire::TlsEngine engine;
  Bytes received = Bytes(receive_bytes);
  Bytes plaintext;
  Bytes sealed;
  wire::Exporter exporter{};
};

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

  // How it is begun.
  struct Opening {
    uint32_t token = 0;                  // its events come to the workspace's epoll under
    bool is_greeted = false;             // the server speaks first, unencrypted, until start_tls()
    std::optional<uint8_t> source = {};  // from 127.0.0.<source>
    bool is_narrow = false;  // take only a few KB unread: for a client that will not read
  };

  Connection() = default;
  ~Connection();  // closes without a word
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begin to connect. Requires closed; after an error close() it.
  absl::Status open(const sockaddr_in& address, const Opening& opening, const Workspace& workspace);

  // The socket is ready for something: connect, shake hands (with what `make` makes), receive,
  // send. What was held back of the application and has come is in workspace.plaintext, also when an
  // error is returned. When the handshake is done, state() turns to established and
  // workspace.exporter is set. UNAVAILABLE when the peer could not be reached or has closed,
  // DATA_LOSS when it broke the record layer.
  absl::Status on_ready(MakeHandshake make, Workspace& workspace);
  // The next on_ready() begins with `rest`, of which the end has not come.
  void hold_back(ByteView rest);
  // Requires in_clear.
  absl::Status start_tls(MakeHandshake make, Workspace& workspace);

  // Seal and send, or queue it; nothing to send is no record. Requires established.
  // RESOURCE_EXHAUSTED when the peer does not read.
  absl::Status send(ByteView data, Workspace& workspace);

  // Say close_notify if it is established, as far as the kernel takes it, and close.
  void close(Workspace& workspace);
  // Leave the socket open but never look at it again.
  void abandon(const Workspace& workspace);

  State state() const { return state_; }
  // Whether it waits for the kernel to take what is queued.
  bool has_unsent() const { return backlog_ != nullptr && !backlog_->unsent.empty(); }
  // Bytes that came and were not looked at. Requires an open socket.
  size_t unread_bytes() const;
  // Whether the handshake was a resumed one, and its suite. Require established.
  bool resumed() const { return resumed_; }
  wire::CipherSuite suite() const { return session_.suite(); }

 private:
  // Exists only while there is something in it.
  struct Backlog {
    Bytes received;   // the front of a record
    Bytes plaintext;  // held back
    Bytes unsent;
  };

  absl::Status finish_connect(const Workspace& workspace);
  absl::Status advance_handshake(ByteView in, Workspace& workspace);
  absl::StatusOr<MutableBytes> receive(Workspace& workspace);
  absl::Status open_records(MutableBytes in, Workspace& workspace);
  absl::Status send_raw(ByteView bytes, const Workspace& workspace);
  void send_alert(wire::TlsAlert alert, Workspace& workspace);
  absl::Status flush(const Workspace& workspace);
  void watch(const Workspace& workspace, int operation, bool writable) const;
  Backlog& backlog();
  void drop_empty_backlog();

  wire::TlsSession session_;
  std::unique_ptr<ClientHandshake> handshake_;
  std::unique_ptr<Backlog> backlog_;
  int fd_ = -1;
  uint32_t token_ = 0;
  State state_ = State::closed;
  bool is_greeted_ = false;
  bool resumed_ = false;
};

// A worker holds 18,000 of these.
static_assert(sizeof(Connection) <= 240);

}  // namespace tocsin::bench
