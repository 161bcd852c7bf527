// File: an open file descriptor that closes itself, and the few system calls the log needs.
//
// Calls return 0 or an errno value, because the log treats a full disk (is_disk_full) quite
// differently from a broken one; failed() turns the value into words once its meaning is known.
//
// Thread: one owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace tocsin::cluster {

class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  // `flags` as for open(2), plus O_CLOEXEC; new files get mode 0640. -1 in fd() and errno on
  // failure.
  static File open(const std::string& path, int flags);

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

  // Write all of `bytes` at `offset`. On failure a part may have been written.
  int write_all(std::string_view bytes, uint64_t offset) const;
  // Make content and size durable.
  int sync_data() const;
  // Make everything durable; for a folder: the names in it.
  int sync_all() const;
  int truncate(uint64_t bytes) const;

 private:
  int fd_ = -1;
};

// No room: ENOSPC, EDQUOT, EFBIG.
bool is_disk_full(int error);

// "cannot WHAT PATH: REASON": RESOURCE_EXHAUSTED when the disk is full, else UNAVAILABLE.
absl::Status failed(std::string_view what, const std::string& path, int error);

// A whole file of at most `bytes_max`; OUT_OF_RANGE when it is larger.
absl::StatusOr<std::string> read_file(const std::string& path, uint64_t bytes_max);

// Make `to`, which must not exist yet, a durable copy of the first `bytes` of `from`; its name is
// durable once its folder is synced.
absl::Status copy_file(const std::string& from, const std::string& to, uint64_t bytes);

// Make the names in a folder durable.
absl::Status sync_folder(const std::string& path);

}  // namespace tocsin::cluster
