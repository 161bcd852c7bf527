// Shard: one thread, one event loop, one slice of the work; share-nothing.
//
// Everything with state in Tocsin belongs to exactly one shard. The only way in from another thread
// is post() of a value; there are no locks above this folder. Boost.Asio is the loop and stays
// hidden behind this header.
//
//   constructed --start()--> running --stop()--> stopped (joined; posted work is dropped)
//
// Thread: post() and stop() from any thread; everything else on the shard's own thread, or before
// start().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <absl/functional/any_invocable.h>

namespace tocsin::runtime {

using Task = absl::AnyInvocable<void()>;

class Shard {
 public:
  // `name` is the thread's name (at most 15 bytes are shown by the system). `niceness` as in
  // nice(2): work that may wait yields the CPU to shards with a lower one.
  explicit Shard(std::string name, int niceness = 0);
  ~Shard();  // stops
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  void start();
  // Ask the loop to end and join its thread. Idempotent. Not from the shard itself.
  void stop();

  // Run `task` on this shard, after what was posted before. Never blocks. Tasks posted after stop()
  // are destroyed unrun.
  void post(Task task);

  // Run `task` on the shard and wait until it is done. For start-up, shutdown and tests.
  // Requires a running shard, and any thread but its own.
  void run_and_wait(Task task);

  // Call `task` every `period_ms` until the shard stops.
  void every(uint32_t period_ms, absl::AnyInvocable<void()> task);
  // Call `task` once, after `delay_ms`.
  void after(uint32_t delay_ms, Task task);

  // Call `on_readable` whenever `fd` is readable (level-triggered: it is checked again after each
  // call). The shard does not own `fd`; unwatch it before closing it.
  void watch_readable(int fd, absl::AnyInvocable<void()> on_readable);
  void unwatch(int fd);

  bool on_this_thread() const;
  const std::string& name() const { return name_; }

  // The Asio loop, as boost::asio::io_context*, for the other files of runtime/ only.
  void* asio_context();

 private:
  struct Loop;
  std::string name_;
  int niceness_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace tocsin::runtime
