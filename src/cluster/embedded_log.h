// EmbeddedLog: the Log of a single machine, in files under one folder.
//
//   <folder>/<first position, 20 digits>.log
//
//   (the bytes are drawn in cluster/log_file.h)
//
// One writer thread takes what is queued, writes it with one write() and makes it durable with one
// fdatasync(). A torn tail of the last file (a crash in the middle of a write) is cut off at
// opening and reported in the process's log; damage anywhere else is refused with the file's name,
// because skipping it would silently lose accepted records. On a full disk appends are refused
// until there is room again.
//
//   log_file    bytes of a file      log_folder  lock, names, recovery
//   log_writer  durable commits      log_copy    copies of a running log
//   this        queue, thread, subscribers
//
// Thread: see cluster/log.h.
// Bound: log_segment_bytes_max per file; trim() deletes whole files.
#pragma once

#include <memory>
#include <string>

#include "cluster/log.h"

namespace tocsin::cluster {

class EmbeddedLog : public Log {
 public:
  // Open or create. DATA_LOSS for damage before the tail; FAILED_PRECONDITION when another process
  // has the folder open, or the files are of another format version.
  static absl::StatusOr<std::unique_ptr<EmbeddedLog>> open(const std::string& folder);
  ~EmbeddedLog() override;

  void append(std::string record, OnCommit on_commit) override;
  // Replays before returning; appends wait meanwhile. DATA_LOSS when a file can no longer be read.
  absl::Status subscribe(Position after, OnEntries on_entries) override;
  void trim(Position upto) override;
  // Files that are no longer written become hard links if the file system has them.
  absl::StatusOr<Position> copy_to(const std::string& folder, Position after) override;
  Position last() const override;
  bool is_refusing() const override;
  void stop() override;

 private:
  class Impl;
  explicit EmbeddedLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::cluster
