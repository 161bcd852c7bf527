#include "cluster/file.h"

#include <algorithm>
#include <cstring>
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tocsin::cluster {
namespace {

constexpr size_t copy_chunk_bytes = 1024 * 1024;

}  // namespace

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

absl::Status copy_file(const std::string& from, const std::string& to, uint64_t bytes) {
  const File source = File::open(from, O_RDONLY);
  if (!source.is_open()) return failed("read", from, errno);
  const File copy = File::open(to, O_WRONLY | O_CREAT | O_EXCL);
  if (!copy.is_open()) return failed("create", to, errno);
  std::string chunk(std::min<uint64_t>(copy_chunk_bytes, bytes), '\0');
  for (uint64_t done = 0; done < bytes;) {
    const size_t wanted = std::min<uint64_t>(chunk.size(), bytes - done);
    const ssize_t got = ::pread(source.fd(), chunk.data(), wanted, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", from, errno);
    if (got == 0) {
      return absl::DataLossError(
          fmt::format("{} ends after {} bytes; {} were expected", from, done, bytes));
    }
    const auto piece = std::string_view(chunk).substr(0, static_cast<size_t>(got));
    if (const int error = copy.write_all(piece, done)) return failed("write", to, error);
    done += piece.size();
  }
  if (const int error = copy.sync_all()) return failed("sync", to, error);
  return absl::OkStatus();
}

absl::Status sync_folder(const std::string& path) {
  const File folder = File::open(path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) return failed("open", path, errno);
  if (const int error = folder.sync_all()) return failed("sync", path, error);
  return absl::OkStatus();
}

}  // namespace tocsin::cluster
