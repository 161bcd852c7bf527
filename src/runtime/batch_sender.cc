#include "runtime/batch_sender.h"

#include <algorithm>
#include <cerrno>
#include <liburing.h>
#include <sys/socket.h>

#include "runtime/log.h"

namespace tocsin::runtime {
namespace {

// The result of a send whose completion has not arrived.
constexpr int32_t not_done = INT32_MIN;

void send_one(BatchSender::Send& send) {
  const ssize_t count = ::send(send.fd, send.data, send.bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
  send.result = count < 0 ? -errno : static_cast<int32_t>(count);
}

}  // namespace

struct BatchSender::Ring {
  Ring() = default;
  ~Ring() {
    if (open) io_uring_queue_exit(&ring);
  }
  bool open_with(unsigned flags) {
    open = io_uring_queue_init(batch_max, &ring, flags) == 0;
    return open;
  }
  io_uring ring{};
  bool open = false;
};

BatchSender::BatchSender(Way way) : tried_(way == Way::send_loop) {}
BatchSender::~BatchSender() = default;

bool BatchSender::uses_io_uring() {
  if (!tried_) open_ring();
  return ring_ != nullptr;
}

void BatchSender::open_ring() {
  tried_ = true;
  auto ring = std::make_unique<Ring>();
  // Older kernels know io_uring but not these flags.
  if (ring->open_with(IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
                      IORING_SETUP_DEFER_TASKRUN) ||
      ring->open_with(0)) {
    ring_ = std::move(ring);
  }
}

void BatchSender::send(std::span<Send> batch) {
  if (!tried_) open_ring();
  while (!batch.empty()) {
    const auto part = batch.first(std::min<size_t>(batch.size(), batch_max));
    if (ring_ == nullptr || part.size() == 1) {
      for (Send& one : part) send_one(one);
    } else if (!send_by_ring(part)) {
      log_warning("io_uring failed: pushes are sent by send() from now on");
      ring_ = nullptr;  // what is not done yet is sent now
      for (Send& one : part) {
        if (one.result == not_done) send_one(one);
      }
    }
    batch = batch.subspan(part.size());
  }
}

bool BatchSender::send_by_ring(std::span<Send> batch) {
  io_uring* ring = &ring_->ring;
  for (size_t i = 0; i < batch.size(); ++i) {
    Send& one = batch[i];
    one.result = not_done;
    io_uring_sqe* entry = io_uring_get_sqe(ring);  // never null: the last batch left none behind
    io_uring_prep_send(entry, one.fd, one.data, one.bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    entry->user_data = i;
  }
  size_t done = 0;
  int submitted = io_uring_submit_and_get_events(ring);
  while (submitted >= 0 || submitted == -EINTR) {
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(ring, head, completion) {
      batch[completion->user_data].result = completion->res;
      ++count;
    }
    io_uring_cq_advance(ring, count);
    done += count;
    if (done == batch.size()) return true;
    submitted = io_uring_submit_and_wait(ring, 1);
  }
  return false;
}

}  // namespace tocsin::runtime
