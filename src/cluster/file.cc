#include "cluster/file.h"

#include <cstring>
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tocsin::cluster {

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

File File::open(const std::string& path, int flags) {
  return File(::open(path.c_str(), flags | O_CLOEXEC, 0640));
}

int File::write_all(std::string_view bytes, uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (written == 0) return ENOSPC;
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return 0;
}

int File::sync_data() const { return ::fdatasync(fd_) == 0 ? 0 : errno; }
int File::sync_all() const { return ::fsync(fd_) == 0 ? 0 : errno; }
int File::truncate(uint64_t bytes) const {
  return ::ftruncate(fd_, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

bool is_disk_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

absl::Status failed(std::string_view what, const std::string& path, int error) {
  const std::string text = fmt::format("cannot {} {}: {}", what, path, std::strerror(error));
  return is_disk_full(error) ? absl::ResourceExhaustedError(text + "; make room on this disk")
                             : absl::UnavailableError(text);
}

absl::StatusOr<std::string> read_file(const std::string& path, uint64_t bytes_max) {
  const File file = File::open(path, O_RDONLY);
  struct stat info;
  if (!file.is_open() || ::fstat(file.fd(), &info) != 0) return failed("read", path, errno);
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size > bytes_max) {
    return absl::OutOfRangeError(
        fmt::format("{} has {} bytes, more than {} can be", path, size, bytes_max));
  }
  std::string bytes(size, '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got =
        ::pread(file.fd(), bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path, errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace tocsin::cluster
