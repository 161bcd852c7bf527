#include "harness/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

namespace tocsin::bench {

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::StatusOr<std::string> read_file(const std::string& path) {
  std::string text = file_text(path);
  if (!text.empty()) return text;
  return absl::NotFoundError(fmt::format("cannot read {}, or it is empty", path));
}

absl::Status write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (file.good()) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("cannot write {}", path));
}

std::string end_of_log(const std::string& path) {
  constexpr size_t log_end_bytes = 2000;
  const std::string text = file_text(path);
  return text.substr(text.size() - std::min(text.size(), log_end_bytes));
}

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

}  // namespace tocsin::bench
