#include "server/admin_key.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

#include "base/hex.h"

namespace tocsin::server {
namespace {

constexpr char prefix[] = "tak_";

absl::Status write_key(const std::string& file, const std::string& key) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string line = key + "\n";
  const bool written =
      fd >= 0 && write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int error = errno;
  if (fd >= 0) close(fd);
  if (written) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("cannot write the admin key to {}: {}", file, std::strerror(error)));
}

}  // namespace

absl::StatusOr<runtime::Sha256> load_or_make_admin_key(const std::string& file) {
  std::string key;
  if (access(file.c_str(), F_OK) == 0) {
    std::ifstream in(file);
    std::getline(in, key);
    if (key.size() < 32) {
      return absl::FailedPreconditionError(
          fmt::format("{} contains no admin key: remove the file, and a new key is made", file));
    }
  } else {
    std::array<uint8_t, 32> random;
    runtime::random_bytes(random);
    key = prefix + to_hex(random);
    if (const absl::Status status = write_key(file, key); !status.ok()) return status;
  }
  return runtime::sha256(as_bytes(key));
}

}  // namespace tocsin::server
