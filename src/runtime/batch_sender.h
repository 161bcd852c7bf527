// BatchSender: hands many small writes, each to a different socket, to the kernel in one system
// call.
//
// io_uring takes the batch in one call; every send in it is non-blocking, so all are done when
// send() returns and no buffer has to outlive it. Where the kernel has no io_uring, or a container
// forbids it, it is a loop of send(2): the same result, a few per cent slower (decision 0004).
//
// Thread: one owner, and always the same thread: the ring belongs to the thread of the first
// send().
// Bound: batch_max sends per system call; a larger batch is split.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace tocsin::runtime {

class BatchSender {
 public:
  static constexpr unsigned batch_max = 64;

  struct Send {
    int fd = -1;
    const uint8_t* data = nullptr;
    uint32_t bytes = 0;
    int32_t result = 0;  // out: bytes the kernel took, or -errno
  };
  enum class Way : uint8_t { best, send_loop };

  // best: io_uring where the system allows it.
  explicit BatchSender(Way way = Way::best);
  ~BatchSender();
  BatchSender(const BatchSender&) = delete;
  BatchSender& operator=(const BatchSender&) = delete;

  // Send without waiting; each result is what send(2) with MSG_DONTWAIT gives.
  void send(std::span<Send> batch);

  // Whether batches go through io_uring; opens the ring now to find out.
  bool uses_io_uring();

 private:
  struct Ring;
  void open_ring();
  // False when the ring failed; the results that arrived are set, the others are untouched.
  bool send_by_ring(std::span<Send> batch);

  std::unique_ptr<Ring> ring_;
  bool tried_;  // to open the ring
};

}  // namespace tocsin::runtime
