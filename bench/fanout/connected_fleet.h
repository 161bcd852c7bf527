// ConnectedFleet: the sockets that the ways of sending are compared on.
//
// A listener in this process and a reader in a child of it; between them `size` TCP connections
// over loopback, each with a real TLS 1.3 handshake. The server's end of every connection is kept
// twice: as OpenSSL's SSL object (for SSL_write) and as a compact session in a gateway's connection
// table (for Tocsin's fan-out). Both seal under the same keys with counters of their own, which no
// server may ever do; here nobody decrypts: the reader counts bytes and throws them away.
//
// Thread: one owner.  Bound: as many connections as each process may open files.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <absl/status/statusor.h>

#include "gateway/connection_table.h"
#include "harness/child_process.h"
#include "harness/shared_array.h"
#include "runtime/tls/tls_context.h"

struct ssl_st;

namespace tocsin::bench::fanout {

class ConnectedFleet {
 public:
  // `reader_cpu`: the child stays on this CPU.
  static absl::StatusOr<std::unique_ptr<ConnectedFleet>> connect(uint32_t size,
                                                                 uint32_t reader_cpu);
  ~ConnectedFleet();  // ends the reader
  ConnectedFleet(const ConnectedFleet&) = delete;
  ConnectedFleet& operator=(const ConnectedFleet&) = delete;

  uint32_t size() const { return static_cast<uint32_t>(fds_.size()); }
  int fd(uint32_t index) const { return fds_[index]; }
  ssl_st* ssl(uint32_t index) const { return ssls_[index]; }
  gateway::ConnectionTable& table() { return table_; }

  // So many bytes more have been sent: wait until the reader has them.
  absl::Status wait_until_read(uint64_t bytes);

 private:
  ConnectedFleet(uint32_t size, runtime::TlsContext context,
                 SharedArray<std::atomic<uint64_t>> read);
  absl::Status accept_one(int listener);

  runtime::TlsContext context_;
  gateway::ConnectionTable table_;
  std::vector<int> fds_;
  std::vector<ssl_st*> ssls_;
  std::optional<ChildProcess> reader_;
  SharedArray<std::atomic<uint64_t>> read_;  // one: bytes, by the reader
  uint64_t wanted_ = 0;
};

}  // namespace tocsin::bench::fanout
