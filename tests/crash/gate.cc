#include "tests/crash/gate.h"

#include <chrono>

namespace tocsin::crash {

void Gate::open(const ServerAddress& server, uint32_t rest_ms_max) {
  const std::lock_guard lock(mutex_);
  server_ = server;
  rest_ms_max_ = rest_ms_max;
  begun_ = 0;
  is_open_ = true;
  changed_.notify_all();
}

void Gate::close() {
  std::unique_lock lock(mutex_);
  is_open_ = false;
  changed_.wait(lock, [this] { return inside_ == 0; });
}

void Gate::stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
}

uint64_t Gate::begun() const {
  const std::lock_guard lock(mutex_);
  return begun_;
}

std::optional<Gate::Pass> Gate::enter() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_open_ || is_stopped_; });
  if (is_stopped_) return std::nullopt;
  ++inside_;
  ++begun_;
  return Pass{server_, ++ops_, rest_ms_max_};
}

void Gate::leave() {
  const std::lock_guard lock(mutex_);
  --inside_;
  changed_.notify_all();
}

void Gate::await_next_life(uint64_t life) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(500),
                    [&] { return is_stopped_ || !is_open_ || server_.life != life; });
}

}  // namespace tocsin::crash
