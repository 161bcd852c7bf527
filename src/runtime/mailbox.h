// Mailbox: the way to a shard that may be gone. Log, storage and bus answer on threads of their
// own, even when the asker has ended meanwhile; what they post then goes nowhere.
//
// A task may use whatever the shard's owner owns, because it runs only while the shard runs.
//
// Thread: any.
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "runtime/shard.h"

namespace tocsin::runtime {

class Mailbox {
 public:
  // Holds no shard alive: a task that waits in a shard's own queue must not own that shard.
  explicit Mailbox(std::weak_ptr<Shard> shard) : shard_(std::move(shard)) {}

  // Run `task` on the shard; dropped when the shard has stopped or is gone.
  void post(Task task) const {
    if (const auto shard = shard_.lock()) shard->post(std::move(task));
  }

  // Wraps `callback` to be given away: called once, on any thread, it runs on the shard with the
  // arguments of that call.
  template <typename Callback>
  auto wrap(Callback callback) const {
    return [self = *this, callback = std::move(callback)](auto&&... arguments) mutable {
      self.post([callback = std::move(callback),
                 arguments = std::tuple<std::decay_t<decltype(arguments)>...>(
                     std::forward<decltype(arguments)>(arguments)...)]() mutable {
        std::apply(std::move(callback), std::move(arguments));
      });
    };
  }

  bool on_this_thread() const {
    const auto shard = shard_.lock();
    return shard && shard->on_this_thread();
  }

 private:
  std::weak_ptr<Shard> shard_;
};

}  // namespace tocsin::runtime
