#include "gateway/connection_table.h"

#include <algorithm>
#include <functional>
#include <new>
#include <sys/mman.h>

#include "base/check.h"

namespace tocsin::gateway {

ConnectionTable::ConnectionTable(uint32_t capacity) : capacity_(capacity) {
  const size_t bytes = size_t{capacity} * sizeof(Slot);
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  TOCSIN_CHECK(memory != MAP_FAILED);
  madvise(memory, bytes, MADV_DONTDUMP);
  slots_ = static_cast<Slot*>(memory);
}

ConnectionTable::~ConnectionTable() {
  for (uint32_t i = 0; i < high_water_; ++i) slots_[i].~Slot();
  munmap(slots_, size_t{capacity_} * sizeof(Slot));
}

uint32_t ConnectionTable::take(int fd) {
  uint32_t index;
  if (!free_.empty()) {
    std::pop_heap(free_.begin(), free_.end(), std::greater<>());
    index = free_.back();
    free_.pop_back();
  } else if (high_water_ < capacity_) {
    index = high_water_++;
    new (&slots_[index]) Slot();
  } else {
    return TimerWheel::none;
  }
  slots_[index].fd = fd;
  ++used_;
  return index;
}

void ConnectionTable::release(uint32_t index) {
  Slot& slot = slots_[index];
  TOCSIN_CHECK(!slot.is_free() && !TimerWheel::is_armed(slot.wheel));
  const uint32_t generation = slot.generation + 1;
  slot.~Slot();  // wipes the secrets
  new (&slot) Slot();
  slot.generation = generation;
  --used_;
  free_.push_back(index);
  std::push_heap(free_.begin(), free_.end(), std::greater<>());
}

Slot* ConnectionTable::find(uint32_t index, uint32_t generation) {
  if (index >= high_water_) return nullptr;
  Slot& slot = slots_[index];
  return slot.is_free() || slot.generation != generation ? nullptr : &slot;
}

}  // namespace tocsin::gateway
