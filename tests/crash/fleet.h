// Fleet: all devices, on one thread of their own.
//
// Thread: any may call; the devices belong to the fleet's thread.
// Bound: the devices it is given; 50 ms until a call is obeyed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/crash/device.h"

namespace tocsin::crash {

class Fleet {
 public:
  explicit Fleet(Model& model);
  ~Fleet();

  // All of them, the later ones too, are to use this server.
  void server_is(const ServerAddress& server);
  // Add a device, which registers at once.
  void add(Device::Setup setup);
  // Do this with a device; nothing happens when no device has that number.
  void with(size_t device, std::function<void(Device&)> what);
  void bring_online();

  size_t size() const;
  size_t live() const;
  // Those that are not live or have something to do, in words; empty when all are calm.
  std::vector<std::string> restless() const;
  uint64_t waits_cut() const;

 private:
  void run();
  void obey();
  uint32_t step_all();
  void sleep(uint32_t wait_ms);
  void look();
  void post(std::function<void()> call);

  Model& model_;
  ServerAddress server_;                          // the fleet's thread alone
  std::vector<std::unique_ptr<Device>> devices_;  // by number; the fleet's thread alone

  mutable std::mutex mutex_;
  std::vector<std::function<void()>> calls_;
  std::vector<std::string> restless_;
  size_t size_ = 0;
  size_t live_ = 0;
  uint64_t waits_cut_ = 0;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace tocsin::crash
