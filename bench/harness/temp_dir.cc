#include "harness/temp_dir.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>

namespace tocsin::harness {

absl::StatusOr<TempDir> TempDir::create() {
  const char* parent = std::getenv("TMPDIR");
  std::string path =
      fmt::format("{}/tocsin-bench-XXXXXX", parent != nullptr && *parent != 0 ? parent : "/tmp");
  if (mkdtemp(path.data()) != nullptr) return TempDir(path);
  return absl::PermissionDeniedError(fmt::format(
      "cannot make the directory {}: {}; set TMPDIR to where it may be", path, strerror(errno)));
}

TempDir& TempDir::operator=(TempDir&& from) noexcept {
  std::swap(path_, from.path_);
  std::swap(is_kept_, from.is_kept_);
  return *this;
}

TempDir::~TempDir() {
  if (path_.empty() || is_kept_) return;
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) fmt::print(stderr, "cannot remove {}: {}\n", path_, error.message());
}

}  // namespace tocsin::harness
