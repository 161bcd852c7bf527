// LogWriter: puts commits at the end of the log's last file, durably or not at all.
//
// A commit is one write() and one fdatasync(). If the disk is full, the part that was written is
// cut off again and the commit refused; the next one tries anew. If syncing or cutting fails,
// nobody knows what the disk holds (a failed fsync drops dirty pages), so the writer is broken for
// good and a restart, which reads the files, decides.
//
// Thread: one owner.
// Bound: log_segment_bytes_max per file, log_batch_bytes_max per commit.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "cluster/log_folder.h"

namespace tocsin::cluster {

class LogWriter {
 public:
  // Takes a recovered folder; `segments` is empty for a new log.
  static absl::StatusOr<LogWriter> open(LogFolder folder, std::vector<LogSegment> segments);

  // Append `records` as one commit; returns the first one's position. RESOURCE_EXHAUSTED: disk
  // full, nothing written. UNAVAILABLE: broken, see above. Requires records, at most
  // log_batch_bytes_max with their heads.
  absl::StatusOr<Position> commit(const std::vector<std::string>& records);

  // Delete the files all of whose positions are <= `upto`, except the last file.
  void trim(Position upto);

  Position first() const { return segments_.front().first; }
  Position last() const { return segments_.back().last; }
  const std::deque<LogSegment>& segments() const { return segments_; }

 private:
  explicit LogWriter(LogFolder folder) : folder_(std::move(folder)) {}

  absl::Status open_last();
  absl::Status rotate();
  absl::Status write(const std::string& bytes);
  absl::Status undo(int write_error);

  LogFolder folder_;
  std::deque<LogSegment> segments_;  // never empty; the last one is being written
  File file_;
  absl::Status broken_;
};

}  // namespace tocsin::cluster
