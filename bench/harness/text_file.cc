#include "harness/text_file.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

namespace tocsin::harness {

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

}  // namespace tocsin::harness
