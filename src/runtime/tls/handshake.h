// Handshake: one TLS handshake of an accepted socket, as the threads that drive it see it.
//
// What comes of it is the maker's business: a handshake holds its socket and tells its maker how it
// ended. The threads (runtime/tls/handshake_threads.h) wait for the socket and keep the time.
//
// Thread: one of the handshake threads from start() on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <absl/status/status.h>

#include "wire/tls_session.h"

namespace tocsin::runtime {

// What a handshake may use of the thread it is on, from one call to the next.
struct HandshakeThread {
  size_t index = 0;  // below the number of threads
  wire::TlsEngine engine;
  std::array<uint8_t, 16 * 1024> buffer;
};

class Handshake {
 public:
  enum class Wants : uint8_t {
    read,
    write,
    nothing,  // it is over, well or badly
  };

  // Closes the socket unless it was handed on.
  virtual ~Handshake() = default;

  virtual int fd() const = 0;
  // Before the first advance().
  virtual void start(HandshakeThread& thread) = 0;
  // Go on as far as it goes without blocking.
  virtual Wants advance(HandshakeThread& thread) = 0;
  // Changes when advance() has made a step of TLS, not with each byte.
  virtual int step() const { return 0; }
  // Tell the maker what came of it: what advance() came to when `given_up` is OK; else the threads
  // have given it up, because the time is over or the room is needed. The last call; its room is
  // free already.
  virtual void end(const absl::Status& given_up) = 0;
};

}  // namespace tocsin::runtime
