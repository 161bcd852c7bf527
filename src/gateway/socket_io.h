// SocketIo: moves bytes between the sockets of a gateway shard and its TLS sessions.
//
// Reading decrypts into the caller's buffer; sending seals and hands to the kernel at once. Only
// what is halfway is kept, in the slot's Aux: a record that is not complete, and sealed bytes the
// kernel did not take (then EPOLLOUT is armed). A sealed record is sent exactly once or the
// connection ends: it is never sealed again.
//
// Thread: one shard.  Bound: read_burst_bytes_max a read, unsent_bytes_max waiting per connection.
#pragma once

#include <array>
#include <cstdint>

#include <absl/status/status.h>

#include "gateway/connection_table.h"
#include "wire/tls_session.h"

namespace tocsin::gateway {

class SocketIo {
 public:
  enum class ReadEnd : uint8_t {
    open,         // nothing more for now
    peer_closed,  // close_notify, or the TCP connection ended
    failed,       // not TLS; `alert` says how
  };
  struct ReadResult {
    ReadEnd end = ReadEnd::open;
    wire::TlsAlert alert = wire::TlsAlert::internal_error;
  };
  enum class SendEnd : uint8_t {
    sent,     // the kernel has it
    waiting,  // kept; flush() goes on when the socket is writable
    slow,     // more than unsent_bytes_max would wait: end the connection
    broken,   // the connection is gone
  };
  struct Event {
    uint32_t index;
    uint32_t generation;
    bool readable;
    bool writable;
    bool broken;
  };

  SocketIo();
  ~SocketIo();
  SocketIo(const SocketIo&) = delete;
  SocketIo& operator=(const SocketIo&) = delete;

  // The epoll set over all connections of the shard; readable when any has something.
  int epoll_fd() const { return epoll_fd_; }
  // Watch the connection in `slot`. False when the system refuses (out of memory).
  bool watch(uint32_t index, Slot& slot);
  // Fill `events` with what is ready now, without waiting; returns how many.
  size_t poll(std::array<Event, 256>& events);

  // Read once from the socket, decrypt, append the application data to `plain`.
  ReadResult read(uint32_t index, Slot& slot, Bytes& plain);
  // The same for ciphertext that was read before (behind the handshake).
  ReadResult take(uint32_t index, Slot& slot, ByteView ciphertext, Bytes& plain);
  // Read and throw away; false when the peer has closed.
  bool discard(Slot& slot);

  // Seal `frames` as application data and send.
  SendEnd send(uint32_t index, Slot& slot, ByteView frames);
  // Seal an alert and send; nothing can be sent behind it.
  SendEnd send_alert(uint32_t index, Slot& slot, wire::TlsAlert alert);
  // Send on what waits.
  SendEnd flush(uint32_t index, Slot& slot);

 private:
  SendEnd send_sealed(uint32_t index, Slot& slot, ByteView sealed);
  void arm(uint32_t index, Slot& slot, bool for_write);

  wire::TlsEngine engine_;
  int epoll_fd_;
  Bytes input_;   // ciphertext being decrypted
  Bytes sealed_;  // records being sent
};

}  // namespace tocsin::gateway
