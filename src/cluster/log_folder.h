// LogFolder: the folder of an embedded log: its lock, its files' names, and their recovery.
//
//   <folder>/<first position, 20 digits>.log
//
// The lock is flock(2) on the folder itself, so it goes when the process ends, however that
// happens.
//
// Thread: one owner.
// Bound: files of log_file_bytes_max, read one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "cluster/file.h"
#include "cluster/log.h"

namespace tocsin::cluster {

// One file of the log with the positions in it; last == first - 1 while it is empty.
struct LogSegment {
  Position first = 1;
  Position last = 0;
  std::string path;
  uint64_t bytes = 0;
};

class LogFolder {
 public:
  // Make the folder if needed, and lock it. FAILED_PRECONDITION when another process has it.
  static absl::StatusOr<LogFolder> open(const std::string& path);
  // Lock an existing folder. NOT_FOUND when there is none.
  static absl::StatusOr<LogFolder> open_existing(const std::string& path);

  // The log's files in order of their names, unread: `last` and `bytes` are not set.
  absl::StatusOr<std::vector<LogSegment>> list() const;

  // The log's files in order, every record checked, a torn tail cut off (and reported in the
  // process's log). Empty for a new log. DATA_LOSS names the file and offset of damage;
  // FAILED_PRECONDITION: another format.
  absl::StatusOr<std::vector<LogSegment>> recover();

  // A new, durable file with a head and no records. RESOURCE_EXHAUSTED, and no file, when the disk
  // is full.
  absl::StatusOr<LogSegment> create(Position first);

  absl::Status remove(const LogSegment& segment);

 private:
  LogFolder(std::string path, File lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_of(Position first) const;

  std::string path_;
  File lock_;
};

}  // namespace tocsin::cluster
