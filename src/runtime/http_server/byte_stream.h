// ByteStream: a connection's socket, with TLS or without, non-blocking.
//
// Thread: one owner at a time; a TLS stream is made on a handshake thread and then handed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/net/socket.h"
#include "runtime/tls/openssl_ptr.h"

namespace tocsin::runtime {

class ByteStream {
 public:
  enum class Outcome : uint8_t {
    moved,    // `bytes` of them, at least one
    blocked,  // the socket is not ready: go on at its next event
    ended,    // the peer sends nothing more (read only)
    lost,     // the connection is broken
  };
  struct Result {
    Outcome outcome;
    size_t bytes = 0;
    // After a read: it took all that the socket had, so that reading on finds nothing before the
    // socket's next event, except that the peer has ended.
    bool drained = false;
  };

  virtual ~ByteStream() = default;  // closes the socket
  virtual int fd() const = 0;
  virtual Result read(char* into, size_t bytes_max) = 0;
  // After `blocked` the next call must begin with the same bytes.
  virtual Result write(std::string_view bytes) = 0;
  // Tell the peer that nothing more is sent; reading goes on.
  virtual void end_output() = 0;
};

std::unique_ptr<ByteStream> make_plain_stream(Socket socket);
// `ssl` has finished its handshake on `socket`.
std::unique_ptr<ByteStream> make_tls_stream(Socket socket, SslPtr ssl);

}  // namespace tocsin::runtime
