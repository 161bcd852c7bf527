#include "sdk_client/posix/state_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace tocsin::sdk_client {
namespace {

constexpr mode_t owner_only = 0600;

bool write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

StateFile::~StateFile() {
  if (lock_fd_ >= 0) close(lock_fd_);
}

tocsin_status StateFile::open(const char* path, ErrorText& error) {
  if (path[0] == '\0' || std::strlen(path) >= sizeof path_) {
    error.set("the path of the state file is empty or too long");
    return TOCSIN_INVALID;
  }
  std::strcpy(path_, path);
  std::snprintf(temporary_, sizeof temporary_, "%s.lock", path_);
  lock_fd_ = ::open(temporary_, O_RDWR | O_CREAT | O_CLOEXEC, owner_only);
  if (lock_fd_ < 0) {
    error.set("cannot make %s: %s", temporary_, std::strerror(errno));
    return TOCSIN_FAILED;
  }
  if (flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    error.set("another program is using the state file %s; give each its own", path_);
    close(lock_fd_);
    lock_fd_ = -1;
    return TOCSIN_FAILED;
  }
  std::snprintf(temporary_, sizeof temporary_, "%s.tmp", path_);
  return TOCSIN_OK;
}

tocsin_status StateFile::save(ByteView blob, ErrorText& error) {
  const int fd =
      ::open(temporary_, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, owner_only);
  bool saved = fd >= 0 && write_all(fd, blob) && fdatasync(fd) == 0;
  const int first_error = errno;
  if (fd >= 0) close(fd);
  errno = first_error;
  saved = saved && rename(temporary_, path_) == 0;
  if (saved) return TOCSIN_OK;
  error.set("cannot save the state in %s: %s", path_, std::strerror(errno));
  return TOCSIN_FAILED;
}

tocsin_status StateFile::load(MutableBytes blob, size_t& size, ErrorText& error) {
  const int fd = ::open(path_, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return TOCSIN_NOT_FOUND;
  ssize_t got = -1;
  size = 0;
  while (fd >= 0) {
    got = read(fd, blob.data() + size, blob.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<size_t>(got);
    if (size == blob.size()) break;
  }
  const int read_error = errno;
  uint8_t one_more = 0;
  const bool too_long = got > 0 && read(fd, &one_more, 1) > 0;
  if (fd >= 0) close(fd);
  if (too_long) {
    error.set("the state file %s is longer than any state; is it the right file?", path_);
    return TOCSIN_NO_ROOM;
  }
  if (got >= 0) return TOCSIN_OK;
  error.set("cannot read the state file %s: %s", path_, std::strerror(read_error));
  return TOCSIN_FAILED;
}

}  // namespace tocsin::sdk_client
