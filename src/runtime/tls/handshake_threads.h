// HandshakeThreads: TLS handshakes of accepted sockets, off the threads that serve and bounded.
//
// A handshake costs 0.3 ms of CPU and 54 KB of OpenSSL heap; a reconnect storm brings thousands at
// once. They run on threads of their own, at a lower priority, so that an alert never waits for
// one, and at most `in_flight_max` at a time, so that memory has a ceiling.
//
// Thread: submit() from any; handshakes are driven and end on the pool's threads.
// Bound: in_flight_max; each handshake ends at deadline_ms. With shed_longest_waiting as many again
// may wait for a thread: they hold a socket and nothing else.
#pragma once

#include <cstdint>
#include <memory>

#include <absl/status/status.h>

#include "base/limits.h"
#include "runtime/tls/handshake.h"

namespace tocsin::runtime {

struct HandshakeThreadsOptions {
  uint32_t threads = 1;
  uint32_t in_flight_max = limits::handshakes_in_flight_default;  // over all threads
  uint32_t deadline_ms = limits::handshake_deadline_ms_default;
  // Full, the one that has made no step for longest makes room for a new one: an honest peer makes
  // one each round trip. It ends with RESOURCE_EXHAUSTED.
  bool shed_longest_waiting = false;
};

class HandshakeThreads {
 public:
  // INVALID_ARGUMENT when an option is 0 or over its limit.
  static absl::Status check(const HandshakeThreadsOptions& options);
  // Requires options that check() likes.
  explicit HandshakeThreads(HandshakeThreadsOptions options);
  ~HandshakeThreads();  // ends the threads; handshakes in flight are dropped
  HandshakeThreads(const HandshakeThreads&) = delete;
  HandshakeThreads& operator=(const HandshakeThreads&) = delete;

  // False when the bound is reached: `handshake` is still the caller's, who should stop accepting
  // until one has ended.
  bool submit(std::unique_ptr<Handshake>& handshake);

  uint32_t in_flight() const;
  const HandshakeThreadsOptions& options() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::runtime
