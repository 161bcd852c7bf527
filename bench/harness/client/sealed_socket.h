// SealedSocket: the client's end of a TCP connection that carries a compact TLS session, and what
// it cannot yet read or send.
//
//   closed --connect()--> connecting --finish_connect()--> in clear --take_over()--> sealed
//
// Every program here that plays a device or another client sits on one, so that the queue behind a
// full socket and the incomplete record in front of it exist once.
//
// Thread: one owner, with its Workspace.  Bound: one incomplete record; unsent_bytes_max. Buffers
// exist only while there is something in them.
#pragma once

#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <optional>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "base/bytes.h"
#include "harness/client/workspace.h"
#include "wire/tls_session.h"

namespace tocsin::harness {

class SealedSocket {
 public:
  // How a connection is begun.
  struct Opening {
    uint32_t token = 0;             // its events come to the workspace's epoll under
    std::optional<uint8_t> source;  // from 127.0.0.<source>
    bool narrow = false;            // take only a few KB unread: for a peer that will not read
  };

  SealedSocket() = default;
  ~SealedSocket();  // closes without a word
  SealedSocket(const SealedSocket&) = delete;
  SealedSocket& operator=(const SealedSocket&) = delete;

  // Begin to connect. Requires closed; after an error close() it.
  absl::Status connect(const sockaddr_in& address, const Opening& opening,
                       const Workspace& workspace);
  // It turned writable: UNAVAILABLE when the peer could not be reached.
  absl::Status finish_connect(const Workspace& workspace);

  // What was kept and what has come since, a view of workspace.received. UNAVAILABLE when the peer
  // has closed.
  absl::StatusOr<MutableBytes> receive(Workspace& workspace);
  // The next receive() begins with `rest`.
  void keep(ByteView rest);

  // From now on bytes are records of `session`.
  void take_over(wire::TlsSession session) { session_ = std::move(session); }
  const wire::TlsSession& session() const { return session_; }
  // Open the records in `in`, in place: their application data is appended to workspace.plaintext,
  // also when an error is returned; what TLS has to answer is sent, and an incomplete record kept.
  // UNAVAILABLE when the peer has said close_notify, DATA_LOSS when it broke the record layer.
  absl::Status open_records(MutableBytes in, Workspace& workspace);
  // Seal and send; nothing to send is no record.
  absl::Status send(ByteView data, Workspace& workspace);

  // Send as it is, or queue it. RESOURCE_EXHAUSTED when the peer does not read.
  absl::Status send_raw(ByteView bytes, const Workspace& workspace);
  // Send what is queued, as far as the kernel takes it.
  absl::Status flush(const Workspace& workspace);

  // Say close_notify, as far as the kernel takes it. Requires a session.
  void say_goodbye(Workspace& workspace);
  // Back to closed, without a word.
  void close();
  // Leave the socket open but never look at it again.
  void abandon(const Workspace& workspace);

  bool is_open() const { return fd_ >= 0; }
  // Whether it waits for the kernel to take what is queued.
  bool has_unsent() const { return backlog_ != nullptr && !backlog_->unsent.empty(); }
  // Bytes that came and were not looked at. Requires an open socket.
  size_t unread_bytes() const;

 private:
  // Exists only while there is something in it.
  struct Backlog {
    Bytes received;  // the front of something incomplete
    Bytes unsent;
  };

  void watch(const Workspace& workspace, int operation, bool writable) const;
  Backlog& backlog();
  void drop_empty_backlog();

  wire::TlsSession session_;
  std::unique_ptr<Backlog> backlog_;
  int fd_ = -1;
  uint32_t token_ = 0;
};

}  // namespace tocsin::harness
