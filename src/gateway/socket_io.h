// SocketIo: moves bytes between the sockets of a gateway shard and its TLS sessions.
//
// Reading decrypts into the caller's buffer; sending seals and hands to the kernel at once. Only
// unfinished business is kept, in the slot's Aux: an incomplete record, and sealed bytes the kernel
// did not take (EPOLLOUT is then armed). A sealed record is sent exactly once or the connection
// ends: it is never sealed again. A push to many connections goes out as batches: all records of a
// batch are sealed in a row, then handed over with one system call.
//
// Thread: one shard.
// Bound: read_burst_bytes_max per read, unsent_bytes_max waiting per
// connection.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <absl/status/status.h>

#include "gateway/connection_table.h"
#include "runtime/batch_sender.h"
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
    waiting,  // kept; flush() continues when the socket is writable
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

  // Which faster means to use where the machine has them.
  struct Means {
    bool fast_gcm = true;
    bool io_uring = true;
  };
  SocketIo() : SocketIo(Means{}) {}
  explicit SocketIo(Means means);
  ~SocketIo();
  SocketIo(const SocketIo&) = delete;
  SocketIo& operator=(const SocketIo&) = delete;

  // The epoll set over all connections of the shard; readable when any has something.
  int epoll_fd() const { return epoll_fd_; }
  // How pushes are sealed and handed over, for the log. Call on the thread that sends.
  const char* sealer() const { return has_fast_gcm_ ? "ipsec-mb" : "OpenSSL"; }
  const char* sender() { return batch_sender_.uses_io_uring() ? "io_uring" : "send()"; }

  // Watch the connection in `slot`. False when the system refuses (out of memory).
  bool watch(uint32_t index, Slot& slot);
  // Fill `events` with what is ready now, without waiting; returns how many.
  size_t poll(std::array<Event, 256>& events);

  // Read once from the socket, decrypt, append the application data to `plain`.
  ReadResult read(uint32_t index, Slot& slot, Bytes& plain);
  // The same for ciphertext that was read earlier (after the handshake).
  ReadResult take(uint32_t index, Slot& slot, ByteView ciphertext, Bytes& plain);
  // Read and throw away; false when the peer has closed.
  bool discard(Slot& slot);

  // Seal `frames` as application data and send.
  SendEnd send(uint32_t index, Slot& slot, ByteView frames);
  // The same `frames` to the connections in `indices`, all different, at most batch_max; `ends` is
  // what became of each.
  static constexpr size_t batch_max = limits::fan_out_chunk;
  void send_batch(ConnectionTable& table, std::span<const uint32_t> indices, ByteView frames,
                  std::span<SendEnd> ends);
  // Seal an alert and send it; nothing can be sent after it.
  SendEnd send_alert(uint32_t index, Slot& slot, wire::TlsAlert alert);
  // Send what is waiting.
  SendEnd flush(uint32_t index, Slot& slot);

 private:
  SendEnd send_sealed(uint32_t index, Slot& slot, ByteView sealed);
  // What to do after a send of `sealed` for which the kernel returned `result` (bytes, or -errno).
  SendEnd after_send(uint32_t index, Slot& slot, ByteView sealed, ssize_t result);
  // Keep sealed bytes for later, after those already waiting.
  SendEnd keep(uint32_t index, Slot& slot, ByteView sealed);
  void arm(uint32_t index, Slot& slot, bool for_write);

  wire::TlsEngine engine_;
  bool has_fast_gcm_;
  runtime::BatchSender batch_sender_;
  int epoll_fd_;
  Bytes input_;   // ciphertext being decrypted
  Bytes sealed_;  // records being sent
  // The batch being sent: which element of `indices` each is, and where its records begin.
  std::array<runtime::BatchSender::Send, batch_max> sends_;
  std::array<uint32_t, batch_max> send_of_;
  std::array<size_t, batch_max> sealed_at_;
};

}  // namespace tocsin::gateway
