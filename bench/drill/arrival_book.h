// ArrivalBook: when each device got each alert, in memory that coordinator and workers share.
//
//              device 0        device 1            device n-1
//   round 0  [ns|apps|wire]  [ns|apps|wire]  ...
//   round 1  ...
//
// A cell belongs to the one worker that simulates its device; the coordinator reads. So a million
// arrival times need no messages, and a worker that dies leaves what it saw behind.
//
// Thread: one writer per cell, any readers (relaxed atomics).
// Bound: book_bytes_max; untouched pages cost nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <absl/status/statusor.h>

namespace tocsin::drill {

inline constexpr size_t book_bytes_max = size_t{4} << 30;

class ArrivalBook {
 public:
  struct Cell {
    std::atomic<uint64_t> first_ns;  // CLOCK_MONOTONIC of the first arrival on the wire; 0: none
    std::atomic<uint32_t> to_app;    // times it was handed to the app
    std::atomic<uint32_t> on_wire;   // times it was received
  };

  // In new anonymous memory, whose descriptor worker processes inherit. RESOURCE_EXHAUSTED when it
  // would be over book_bytes_max or the system refuses.
  static absl::StatusOr<ArrivalBook> create(size_t devices, size_t rounds);
  // A book made by create(), by its descriptor, which it takes. INVALID_ARGUMENT when it is not.
  static absl::StatusOr<ArrivalBook> open(int fd, size_t devices, size_t rounds);

  ArrivalBook(ArrivalBook&& from) noexcept;
  ArrivalBook& operator=(ArrivalBook&& from) noexcept;
  ~ArrivalBook();

  // Requires round < rounds() and device < devices().
  Cell& at(size_t round, size_t device) const;

  size_t devices() const { return devices_; }
  size_t rounds() const { return rounds_; }
  int fd() const { return fd_; }

 private:
  ArrivalBook(int fd, Cell* cells, size_t devices, size_t rounds);
  size_t bytes() const { return devices_ * rounds_ * sizeof(Cell); }

  int fd_ = -1;
  Cell* cells_ = nullptr;
  size_t devices_ = 0;
  size_t rounds_ = 0;
};

static_assert(sizeof(ArrivalBook::Cell) == 16);
static_assert(std::atomic<uint64_t>::is_always_lock_free &&
                  std::atomic<uint32_t>::is_always_lock_free,
              "shared between processes");

}  // namespace tocsin::drill
