// Lane: the storage shard as the log and the bus may hold it. They live longer than storage, so
// what they post after its end goes nowhere instead of into freed memory.
//
// Thread: post() from any thread; close() from any but the lane.
#pragma once

#include <atomic>
#include <memory>

#include "runtime/shard.h"

namespace tocsin::storage {

class Lane {
 public:
  // Books and replay may wait a moment; a fan-out on the same CPUs may not.
  static constexpr int niceness = 5;

  Lane() : shard_("storage", niceness) { shard_.start(); }

  // Run `task` on the lane; dropped once closed. Tasks may not hold a SharedLane.
  void post(runtime::Task task) {
    if (open_) shard_.post(std::move(task));
  }
  void close() {
    open_ = false;
    shard_.stop();
  }
  bool is_open() const { return open_; }
  runtime::Shard& shard() { return shard_; }

 private:
  std::atomic<bool> open_{true};
  runtime::Shard shard_;
};

using SharedLane = std::shared_ptr<Lane>;

}  // namespace tocsin::storage
