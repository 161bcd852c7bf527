#include "tests/crash/fleet.h"

#include <algorithm>
#include <poll.h>
#include <utility>

#include "base/clock.h"

namespace tocsin::crash {
namespace {

constexpr uint32_t sleep_ms_max = 50;

}  // namespace

Fleet::Fleet(Model& model) : model_(model), thread_([this] { run(); }) {}

Fleet::~Fleet() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void Fleet::post(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(std::move(call));
}

void Fleet::server_is(const ServerAddress& server) {
  post([this, server] {
    server_ = server;
    for (const auto& device : devices_) device->server_is(server);
  });
}

void Fleet::add(Device::Setup setup) {
  post([this, setup = std::move(setup)]() mutable {
    const size_t number = setup.number;
    if (devices_.size() <= number) devices_.resize(number + 1);
    devices_[number] = std::make_unique<Device>(std::move(setup), server_, model_);
  });
}

void Fleet::with(size_t device, std::function<void(Device&)> what) {
  post([this, device, what = std::move(what)] {
    if (device < devices_.size() && devices_[device] != nullptr) what(*devices_[device]);
  });
}

void Fleet::bring_online() {
  post([this] {
    for (const auto& device : devices_) device->go_online();
  });
}

size_t Fleet::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

size_t Fleet::live() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

std::vector<std::string> Fleet::restless() const {
  const std::lock_guard lock(mutex_);
  return calls_.empty() ? restless_ : std::vector<std::string>{"calls to the fleet wait"};
}

uint64_t Fleet::waits_cut() const {
  const std::lock_guard lock(mutex_);
  return waits_cut_;
}

void Fleet::run() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
    }
    obey();
    const uint32_t wait_ms = step_all();
    look();
    sleep(wait_ms);
  }
}

void Fleet::obey() {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(calls_);
    if (!calls.empty()) restless_ = {"calls to the fleet are obeyed"};
  }
  for (const auto& call : calls) call();
}

uint32_t Fleet::step_all() {
  uint32_t wait_ms = sleep_ms_max;
  for (const auto& device : devices_) wait_ms = std::min(wait_ms, device->step(monotonic_ms()));
  return wait_ms;
}

void Fleet::look() {
  std::vector<std::string> restless;
  size_t live = 0;
  uint64_t waits_cut = 0;
  for (const auto& device : devices_) {
    if (device->is_live()) ++live;
    if (!device->is_calm()) restless.push_back(device->state_text());
    waits_cut += device->waits_cut();
  }
  const std::lock_guard lock(mutex_);
  restless_ = std::move(restless);
  size_ = devices_.size();
  live_ = live;
  waits_cut_ = waits_cut;
}

void Fleet::sleep(uint32_t wait_ms) {
  std::vector<pollfd> fds;
  for (const auto& device : devices_) {
    short events = 0;
    const int fd = device->fd(&events);
    if (fd >= 0) fds.push_back({fd, events, 0});
  }
  poll(fds.data(), fds.size(), static_cast<int>(std::min(wait_ms, sleep_ms_max)));
}

}  // namespace tocsin::crash
