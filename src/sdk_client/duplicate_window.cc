#include "sdk_client/duplicate_window.h"

#include <utility>

namespace tocsin::sdk_client {

size_t DuplicateWindow::index_of(size_t age) const {
  return (next_ + slots_.size() - 1 - age) % slots_.size();
}

size_t DuplicateWindow::add(MessageId id) {
  const size_t size_before = size_;
  size_t age = 0;
  while (age < size_ && newest(age) != id) ++age;
  if (age < size_) {
    for (size_t i = age; i > 0; --i) slots_[index_of(i)] = slots_[index_of(i - 1)];
    slots_[index_of(0)] = id;
    return age;
  }
  slots_[next_] = id;
  next_ = static_cast<uint16_t>((next_ + 1) % slots_.size());
  if (size_ < slots_.size()) ++size_;
  return size_before;
}

void DuplicateWindow::add_behind(size_t newer, MessageId id) {
  for (size_t age = 0; age < newer; ++age) {
    if (newest(age) == id) return;
  }
  add(id);
  for (size_t age = 0; age < newer; ++age) {
    std::swap(slots_[index_of(age)], slots_[index_of(age + 1)]);
  }
}

}  // namespace tocsin::sdk_client
