// HandshakeServer: a process that does nothing but TLS handshakes, in one of two ways.
//
//   bare   one thread: epoll, accept, SSL_accept on the socket, SSL_free, close
//   pool   the server's own way: runtime::HandshakePool of one thread, fed by an accepting thread;
//          the compact session that comes out is thrown away and the socket closed
//
// Both have the same certificate, suite, group, number of tickets (one) and processor core, and pay
// for everything from accept() to close().
//
// Thread: the main thread, which must be the only one when a server is started (it forks).
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

#include "harness/child_process.h"

namespace tocsin::bench::storm {

enum class ServerKind { bare, pool };

class HandshakeServer {
 public:
  // Of the certificate in `tls_folder`. It runs on core `cpu`; UINT32_MAX: on any.
  static absl::StatusOr<HandshakeServer> start(ServerKind kind, const std::string& tls_folder,
                                               uint32_t cpu);

  uint16_t port() const { return port_; }
  // CPU time of all its threads, once it has come to rest. UNAVAILABLE when it ended.
  absl::StatusOr<uint64_t> cpu_ns_at_rest() const;

 private:
  HandshakeServer(ChildProcess process, uint16_t port)
      : process_(std::move(process)), port_(port) {}

  ChildProcess process_;
  uint16_t port_;
};

}  // namespace tocsin::bench::storm
