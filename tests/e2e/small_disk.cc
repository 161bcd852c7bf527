#include "tests/e2e/small_disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statfs.h>
#include <sys/vfs.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace tocsin::e2e {
namespace {

constexpr long tmpfs_magic = 0x01021994;

// "mount" in a shell of its own namespace, which then holds it by waiting for its end.
std::vector<std::string> holder_command(const std::string& path, uint64_t bytes) {
  return {"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
          fmt::format("mount -t tmpfs -o size={} tmpfs '{}' && exec sleep infinity", bytes, path)};
}

}  // namespace

SmallDisk::SmallDisk(std::string path, bench::ChildProcess holder)
    : path_(std::move(path)), holder_(std::move(holder)) {}
SmallDisk::~SmallDisk() = default;

std::unique_ptr<SmallDisk> SmallDisk::mount(const std::string& path, uint64_t bytes) {
  auto holder = bench::ChildProcess::start({.command = holder_command(path, bytes)});
  if (!holder.ok()) return nullptr;
  std::unique_ptr<SmallDisk> disk(new SmallDisk(path, *std::move(holder)));
  struct statfs info {};
  while (disk->holder_.is_running()) {
    if (statfs(disk->inside().c_str(), &info) == 0 && info.f_type == tmpfs_magic) return disk;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return nullptr;
}

std::vector<std::string> SmallDisk::command_prefix() const {
  return {"/usr/bin/nsenter", fmt::format("--mount=/proc/{}/ns/mnt", holder_.pid())};
}

std::string SmallDisk::inside() const {
  return fmt::format("/proc/{}/root{}", holder_.pid(), path_);
}

void SmallDisk::fill() {
  const int fd = open((inside() + "/filler").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ASSERT_GE(fd, 0);
  for (size_t piece = 64 * 1024; piece > 0; piece /= 2) {
    const std::string bytes(piece, 'f');
    while (write(fd, bytes.data(), bytes.size()) > 0) {
    }
  }
  close(fd);
}

void SmallDisk::make_room() { ASSERT_EQ(unlink((inside() + "/filler").c_str()), 0); }

}  // namespace tocsin::e2e
