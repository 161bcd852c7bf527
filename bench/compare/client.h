// Client: one connection to a peer and the speaker that does the talking over it.
//
//   closed --open()--> (greeted in clear, shaking hands, speaking) --> ready
//
// As cheap as a device of tocsin-drill, on the same harness::Connection.
//
// Thread: one owner, with its Workspace.  Bound: input_bytes_max and that of Connection.
#pragma once

#include <memory>

#include <absl/status/status.h>

#include "base/bytes.h"
#include "compare/speaker.h"
#include "harness/client/connection.h"
#include "harness/client/workspace.h"
#include "runtime/tls/tls_context.h"

namespace tocsin::compare {

// What all clients of a thread share while one of them is served.
struct Workspace : harness::Workspace {
  using harness::Workspace::Workspace;
  Bytes spoken;
  Events events;
};

class Client {
 public:
  // Begin to connect; `speaker` must outlive the client. Events of the socket come to the
  // workspace's epoll under `token`.
  absl::Status open(const sockaddr_in& address, Speaker& speaker, uint32_t token,
                    Workspace& workspace);

  // The socket is ready for something. What the speaker found is in workspace.events until the
  // next call for any client. UNAVAILABLE when the server has closed.
  absl::Status on_ready(const runtime::TlsContext& tls, Workspace& workspace);

  // Seal and send. Requires ready.
  absl::Status send(ByteView data, Workspace& workspace) {
    return connection_.send(data, workspace);
  }
  void close(Workspace& workspace) { connection_.close(workspace); }

  bool is_ready() const { return is_ready_; }
  // Requires ready.
  wire::CipherSuite suite() const { return connection_.suite(); }

 private:
  absl::Status speak(Workspace& workspace);

  harness::Connection connection_;
  std::unique_ptr<Bytes> unheard_;  // the front of what the speaker waits for the end of
  Speaker* speaker_ = nullptr;
  bool has_started_ = false;
  bool is_ready_ = false;
};

}  // namespace tocsin::compare
