#include "drill/temp_dir.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

#include <absl/status/status.h>

namespace tocsin::drill {

absl::StatusOr<TempDir> TempDir::create() {
  const char* parent = std::getenv("TMPDIR");
  std::string path =
      fmt::format("{}/tocsin-drill-XXXXXX", parent != nullptr && *parent != 0 ? parent : "/tmp");
  if (mkdtemp(path.data()) == nullptr) {
    return absl::PermissionDeniedError(fmt::format(
        "cannot make the directory {}: {}; set TMPDIR to where it may be", path, strerror(errno)));
  }
  return TempDir(path);
}

TempDir::TempDir(std::string path) : path_(std::move(path)) {}

TempDir::TempDir(TempDir&& from) noexcept
    : path_(std::exchange(from.path_, {})), is_kept_(from.is_kept_) {}

TempDir& TempDir::operator=(TempDir&& from) noexcept {
  std::swap(path_, from.path_);
  std::swap(is_kept_, from.is_kept_);
  return *this;
}

TempDir::~TempDir() {
  if (path_.empty() || is_kept_) return;
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) fmt::print(stderr, "tocsin-drill: cannot remove {}: {}\n", path_, error.message());
}

}  // namespace tocsin::drill
