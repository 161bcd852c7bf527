// TempFolder: a folder of its own for one test, gone with it.
//
// Thread: one owner.
#pragma once

#include <filesystem>
#include <map>
#include <stdlib.h>
#include <string>

#include "base/check.h"

namespace tocsin::test {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-test-XXXXXX").string();
    TOCSIN_CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Copy a folder that another owner has open, as a crash would leave it: again and again until
// nothing changed meanwhile (RocksDB deletes old files in the background).
inline void copy_at_rest(const std::string& from, const std::string& to) {
  namespace fs = std::filesystem;
  const auto listing = [&from] {
    std::map<std::string, uintmax_t> sizes;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(from)) {
      sizes[entry.path().filename().string()] = entry.file_size(ignored);
    }
    return sizes;
  };
  for (;;) {
    const auto before = listing();
    std::error_code error;
    fs::remove_all(to);
    fs::create_directories(to);
    for (const auto& [name, size] : before) {
      if (!error) fs::copy_file(from + "/" + name, to + "/" + name, error);
    }
    if (!error && listing() == before) return;
  }
}

}  // namespace tocsin::test
