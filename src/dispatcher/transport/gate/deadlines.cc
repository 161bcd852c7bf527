#include "dispatcher/transport/gate/deadlines.h"

namespace tocsin::dispatcher {

Deadlines::Id Deadlines::add(uint64_t at_ms, runtime::Task task) {
  const Id id(at_ms, ++last_number_);
  tasks_.emplace(id, std::move(task));
  return id;
}

// A task may add and remove others.
void Deadlines::expire(uint64_t now_ms) {
  while (!tasks_.empty() && tasks_.begin()->first.first <= now_ms) {
    auto due = tasks_.extract(tasks_.begin());
    due.mapped()();
  }
}

}  // namespace tocsin::dispatcher
