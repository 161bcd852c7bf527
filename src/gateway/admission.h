// Admission: decides at the door which accepted connections go on to a TLS handshake.
//
// The shell around AddressLimiter: clock, log, metric and the sockets of refused connections.
// Shards share nothing and the kernel spreads the connections of one address over them
// (SO_REUSEPORT), so each shard grants its share of a limit, rounded up. Because the spread is by
// hash, an address with many connections is limited within a few percent of its limit; one with few
// may be granted up to shards - 1 more, or be refused a little early.
//
// Thread: one shard.
// Bound: see AddressLimiter.
#pragma once

#include <cstdint>
#include <optional>

#include "gateway/options.h"
#include "runtime/metrics.h"
#include "runtime/net/address_limiter.h"
#include "runtime/net/listener.h"

namespace tocsin::gateway {

class Admission {
 public:
  explicit Admission(const Options& options);

  // The entry to give back with failed() or connected(), or nullopt: the connection was over a
  // limit and has been closed, counted and logged.
  std::optional<uint32_t> admit(const runtime::Listener::Accepted& connection);
  // An admitted connection's handshake came to nothing.
  void failed(uint32_t entry) { limiter_.release(entry); }
  // The handshake succeeded, and the socket is this shard's until closing(fd).
  void connected(int fd, uint32_t entry) { limiter_.keep(fd, entry); }
  // To be called before the socket is closed; afterwards its number could already be another's.
  void closing(int fd) { limiter_.release_fd(fd); }

 private:
  void report(runtime::ClientAddress peer, runtime::AddressLimiter::Verdict verdict,
              uint64_t now_ms);

  const Options& options_;
  runtime::AddressLimiter limiter_;
  uint64_t silent_until_ms_ = 0;
  uint64_t unreported_ = 0;
  runtime::Counter limited_;
};

}  // namespace tocsin::gateway
