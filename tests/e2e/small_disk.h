// SmallDisk: a file system of its own size, in memory, for one test to fill up.
//
// It is mounted in a mount namespace of its own, which a child process holds, so nothing of it is
// seen elsewhere and it goes with the test. Programs started with command_prefix() see it under
// `path`; the test reaches it through inside().
//
// Thread: the test's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/child_process.h"

namespace tocsin::e2e {

class SmallDisk {
 public:
  // Mount one of `bytes` over the folder `path`, which is there. nullptr where that is not allowed.
  static std::unique_ptr<SmallDisk> mount(const std::string& path, uint64_t bytes);
  ~SmallDisk();

  // What goes before a command to run it where the disk is mounted.
  std::vector<std::string> command_prefix() const;
  // The disk's root as this process sees it.
  std::string inside() const;

  // Take all room that is left, and give it back.
  void fill();
  void make_room();

 private:
  SmallDisk(std::string path, bench::ChildProcess holder);

  std::string path_;
  bench::ChildProcess holder_;
};

}  // namespace tocsin::e2e
