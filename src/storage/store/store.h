// Store: RocksDB as this folder uses it: column families, atomic batches, reads by prefix.
//
// No write-ahead log of its own: the cluster log is one. Every batch carries the log position it
// brings the store to, and all column families are flushed atomically, so what a crash leaves is
// the exact state at some position, and applying the log behind it gives the rest
// (docs/storage.md).
//
// Thread: the storage thread, but for checkpoint(). Flushes and compactions run on RocksDB's own
// threads. Bound: store_write_buffers_bytes_max + store_cache_bytes_max + 2.5 bytes a device of
// memory, store_files_open_max.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "base/ids.h"
#include "cluster/log.h"
#include "storage/store/expiry.h"

// Only the sources of this room see RocksDB itself.
namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Iterator;
}  // namespace rocksdb

namespace tocsin::storage {

enum class Family : uint8_t {
  other,
  devices,
  sets,
  inbox,
  casts,
  apps,
  meta,
  ordinals,
  collapse,
  idempotency,
  schedule,
  details,
  webhooks
};
inline constexpr size_t families = 13;

// What the store is the state of: the row `state` of `meta`, in every batch.
struct StoreState {
  cluster::Position position = 0;
  MessageId largest_message;
  uint64_t log_time_ms = 0;

  std::string serialize() const;
  static std::optional<StoreState> parse(std::string_view bytes);
};

// store/batch.h
class Batch;

class Store {
 public:
  // FAILED_PRECONDITION: in use, or of another format. DATA_LOSS: damaged. UNAVAILABLE: the disk.
  // One of the format before becomes one of this format.
  // Keeps reports for `retention_ms` from now on.
  static absl::StatusOr<std::unique_ptr<Store>> open(const std::string& folder,
                                                     uint64_t retention_ms = report_retention_ms);
  // To look at one that no process has open; nothing in its folder changes, and what would change
  // it fails. NOT_FOUND when there is none, else as open(). In one of the format before, the new
  // families are empty.
  static absl::StatusOr<std::unique_ptr<Store>> open_read_only(const std::string& folder);
  ~Store();

  // Nothing changes until write(). Only what applies log records may: see src/LAYERS.
  Batch batch();

  // Write the batch, advance state() to `next`, and run what was put in then(). On failure nothing
  // has changed; repair() and write again.
  absl::Status write(Batch& batch, const StoreState& next);

  absl::StatusOr<std::optional<std::string>> get(Family family, std::string_view key) const;

  // What get_all() found, by the index of the key.
  class Values {
   public:
    Values(Values&&) noexcept;
    ~Values();
    // The value, which lives as long as this; nullopt when there is no such row. That one row
    // cannot be read says nothing of the others.
    absl::StatusOr<std::optional<std::string_view>> at(size_t index) const;

   private:
    friend class Store;
    struct Found;
    Values(const std::string& folder, size_t keys);
    const std::string& folder_;
    std::unique_ptr<Found> found_;
  };
  // Many keys in any order, for less than a get() for each: every file is gone through once, and
  // what is read does not drive anything out of the cache. A block is held for each value found,
  // so not for thousands at a time.
  Values get_all(Family family, std::span<const std::string> keys) const;

  // Rows whose key begins with a prefix, in key order.
  class Rows {
   public:
    ~Rows();
    bool valid() const;
    std::string_view key() const;
    std::string_view value() const;
    void next();
    // After valid() has turned false: whether because of the end or because of the disk.
    absl::Status status() const;

   private:
    friend class Store;
    struct Range;
    Rows();
    bool backwards_ = false;
    std::unique_ptr<Range> range_;  // the iterator points into it
    std::unique_ptr<rocksdb::Iterator> rows_;
  };
  // Views from it die with the next step; it sees the store as of now. With `from`, which begins
  // with the prefix, those at it and behind it.
  std::unique_ptr<Rows> rows(Family family, std::string_view prefix,
                             std::string_view from = {}) const;
  // The same from the last to the first of those before `end`, which begins with the prefix.
  std::unique_ptr<Rows> rows_backwards(Family family, std::string_view prefix,
                                       std::string_view end) const;

  const StoreState& state() const { return state_; }
  const LogTime& log_time() const { return *log_time_; }

  // The position that a crash now would leave the store at.
  absl::StatusOr<cluster::Position> persisted_position() const;
  // Begin to write everything to disk; `wait`: until done.
  absl::Status flush(bool wait);
  // After a failed write or flush: take writes again if the disk allows. flush() and checkpoint()
  // begin with it.
  absl::Status repair() const;

  // Make `folder`, which must not exist, a durable store of its own with the state at some position
  // between the call and the return. Files that do not change any more are hard links if they can
  // be. From any thread; RESOURCE_EXHAUSTED when the disk is full.
  absl::Status checkpoint(const std::string& folder) const;

  // Read every file and compare checksums. DATA_LOSS names the first file that is damaged.
  absl::Status verify_checksums() const;

 private:
  friend class Batch;
  Store() = default;
  absl::Status open_families_there_are();
  absl::Status keep_retention(uint64_t retention_ms);
  // The format; empty when nothing has been written yet.
  absl::StatusOr<std::string> load_state();
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<size_t>(family)];
  }

  std::string folder_;
  std::shared_ptr<LogTime> log_time_ = std::make_shared<LogTime>();
  std::unique_ptr<rocksdb::DB> db_;
  // Index = Family. nullptr: not in a store of the format before that is open to be looked at.
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  StoreState state_;
};

}  // namespace tocsin::storage
