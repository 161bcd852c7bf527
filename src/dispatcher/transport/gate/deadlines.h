// Deadlines: what is to happen when callers will wait no longer; looked at now and then, so a
// deadline is kept a little late and costs no timer of its own.
//
// Thread: one owner.  Bound: one entry for each call under way; what is over is taken off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "runtime/shard.h"

namespace tocsin::dispatcher {

class Deadlines {
 public:
  using Id = std::pair<uint64_t, uint64_t>;  // monotonic ms, and a number

  // Run `task` in the first expire() at or after `at_ms`.
  Id add(uint64_t at_ms, runtime::Task task);
  // Forget it. Does nothing when it has run.
  void remove(const Id& id) { tasks_.erase(id); }
  void expire(uint64_t now_ms);

  size_t size() const { return tasks_.size(); }

 private:
  std::map<Id, runtime::Task> tasks_;
  uint64_t last_number_ = 0;
};

}  // namespace tocsin::dispatcher
