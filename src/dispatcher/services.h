// What the calls of the API work with: the seams, and the way back to the dispatcher's shard.
//
// Thread: values; ShardDoor::post() from any thread.
#pragma once

#include <memory>

#include "cluster/bus.h"
#include "cluster/log.h"
#include "runtime/shard.h"
#include "storage/storage.h"

namespace tocsin::dispatcher {

// Post to a shard that may be gone: log and storage can answer after the dispatcher has ended. A
// task may use whatever the shard's owner owns, because it runs only while the shard does.
class ShardDoor {
 public:
  explicit ShardDoor(std::weak_ptr<runtime::Shard> shard) : shard_(std::move(shard)) {}

  void post(runtime::Task task) const {
    if (const auto shard = shard_.lock()) shard->post(std::move(task));
  }
  bool on_this_thread() const {
    const auto shard = shard_.lock();
    return shard && shard->on_this_thread();
  }

 private:
  std::weak_ptr<runtime::Shard> shard_;  // weak: a posted task must not keep its own shard alive
};

// Log, bus and storage outlive the dispatcher.
struct Services {
  cluster::Log& log;
  cluster::Bus& bus;
  storage::Storage& storage;
  ShardDoor door;
};

}  // namespace tocsin::dispatcher
