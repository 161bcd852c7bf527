// ConnectionTable: the slab of a shard's connection slots.
//
// One mmap of `capacity` slots: pages are touched as connections arrive, never moved, kept out of
// core dumps (they hold traffic secrets), and the lowest free slot is used first so that the
// touched pages stay dense.
//
// Thread: one shard.
// Bound: `capacity`.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/slot.h"

namespace tocsin::gateway {

class ConnectionTable {
 public:
  explicit ConnectionTable(uint32_t capacity);
  ~ConnectionTable();
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  // A slot for `fd`, or TimerWheel::none when all are taken.
  uint32_t take(int fd);
  // Give a slot back: its secrets are wiped, its generation is raised. Does not close the socket.
  void release(uint32_t index);

  Slot& operator[](uint32_t index) { return slots_[index]; }
  // The slot if it still holds the connection of that generation, else nullptr.
  Slot* find(uint32_t index, uint32_t generation);

  uint32_t size() const { return used_; }
  uint32_t capacity() const { return capacity_; }
  // Slots ever used: the index of every taken slot is below this.
  uint32_t high_water() const { return high_water_; }

 private:
  Slot* slots_;
  uint32_t capacity_;
  uint32_t used_ = 0;
  uint32_t high_water_ = 0;
  std::vector<uint32_t> free_;  // min-heap of released indices
};

}  // namespace tocsin::gateway
