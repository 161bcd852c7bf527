// TempDir: a directory of this program's own, removed with all it holds unless it is to be kept.
//
// Thread: one owner.
#pragma once

#include <string>
#include <utility>

#include <absl/status/statusor.h>

namespace tocsin::harness {

class TempDir {
 public:
  // Below $TMPDIR or /tmp, readable by this user only.
  static absl::StatusOr<TempDir> create();

  TempDir(TempDir&& from) noexcept
      : path_(std::exchange(from.path_, {})), is_kept_(from.is_kept_) {}
  TempDir& operator=(TempDir&& from) noexcept;
  ~TempDir();

  void keep() { is_kept_ = true; }
  const std::string& path() const { return path_; }

 private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: nothing to remove
  bool is_kept_ = false;
};

}  // namespace tocsin::harness
