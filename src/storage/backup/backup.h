// Backup: a consistent copy of store and log, made while both go on.
//
//   <folder>/store   the state at some position P: a checkpoint of RocksDB
//   <folder>/log     everything committed behind P, up to when the backup was asked for or later
//
// The store is copied first, so the log always reaches further than it. Both are made under
// <folder>.partial, made durable, and then renamed: a folder without that ending is complete. What
// a crash left of another one is removed by the next. Finished files are hard links, so a backup
// takes little room and time until its originals are gone; it guards against mistakes and damage of
// the store, not against the loss of the disk: copy it elsewhere.
//
// Thread: its owner's lane; the work is done on a thread of its own, which may block.
// Bound: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "cluster/log.h"
#include "runtime/shard.h"
#include "storage/storage_thread.h"
#include "storage/store/store.h"
#include "tocsin/internal/query.pb.h"

namespace tocsin::storage {

using BackupMade = internal::BackupQuestion::Answer;

// Make a backup in `folder` on the calling thread. ALREADY_EXISTS when there is something of that
// name, RESOURCE_EXHAUSTED when the disk is full, UNAVAILABLE when it fails otherwise; nothing is
// left then. Nobody may trim the log meanwhile, and `log` must reach back to `after`, a position
// that the store on disk has.
absl::StatusOr<BackupMade> make_backup(const Store& store, cluster::Log& log,
                                       cluster::Position after, const std::string& folder);

class Backup {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<BackupMade>)>;

  Backup(const Store& store, cluster::Log& log, const StorageThread& thread)
      : store_(store), log_(log), thread_(thread) {}

  // Make one and call `done` on the lane. ALREADY_EXISTS while another one is being made,
  // UNAVAILABLE after stop().
  void start(const std::string& folder, Done done);
  // While true the log must keep what it has.
  bool is_running() const { return running_; }
  // Make no more, and wait for the one under way. From another thread than the lane.
  void stop();

 private:
  void finish(absl::StatusOr<BackupMade> made);

  const Store& store_;
  cluster::Log& log_;
  const StorageThread& thread_;
  bool running_ = false;
  bool closed_ = false;
  Done done_;
  std::optional<runtime::Shard> worker_;  // since the first backup
};

}  // namespace tocsin::storage
