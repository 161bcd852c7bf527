// Workspace: what the connections of one thread share while one of them is being served: the
// poller, the cipher contexts and the buffers, so that none of it is paid for 18,000 times.
//
// Thread: one owner.  Bound: receive_bytes and what one connection has to say.
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/hello_auth.h"
#include "wire/tls_session.h"

namespace tocsin::harness {

struct Workspace {
  // One incomplete record and what is read behind it.
  static constexpr size_t receive_bytes = 64 * 1024;
  static_assert(receive_bytes > 2 * (limits::tls_header_bytes + limits::tls_plaintext_bytes_max +
                                     limits::tls_expansion_bytes_max));

  // `poller` is an epoll descriptor, not owned.
  explicit Workspace(int poller) : epoll_fd(poller) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  int epoll_fd;
  wire::TlsEngine engine;
  Bytes received = Bytes(receive_bytes);
  Bytes plaintext;
  Bytes sealed;
  wire::Exporter exporter{};
};

}  // namespace tocsin::harness
