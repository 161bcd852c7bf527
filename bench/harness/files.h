// Whole files as text, and a directory of this program's own.
//
// Thread: any; one owner of a TempDir.
#pragma once

#include <string>
#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace tocsin::bench {

// Empty when it cannot be read.
std::string file_text(const std::string& path);
// NOT_FOUND when it cannot be read or is empty.
absl::StatusOr<std::string> read_file(const std::string& path);
// UNAVAILABLE when it cannot be written.
absl::Status write_file(const std::string& path, const std::string& text);
// The last lines of a program's log, for a message.
std::string end_of_log(const std::string& path);

// Below $TMPDIR or /tmp, readable by this user only; removed with all it holds unless it is to be
// kept.
class TempDir {
 public:
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

}  // namespace tocsin::bench
