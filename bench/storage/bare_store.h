// BareStore: RocksDB with its own defaults and its own write-ahead log, put into by many threads
// that each wait until the put is synced. What accepting a send would cost if it were only that.
//
// RocksDB writes what waits meanwhile together, with one sync, as our log does.
//
// Thread: the main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <rocksdb/db.h>
#include <rocksdb/statistics.h>

namespace tocsin::storage_bench {

class BareStore {
 public:
  // A new one.
  static absl::StatusOr<std::unique_ptr<BareStore>> open(const std::string& folder);

  // Put `puts` / `callers` values by each of `callers` threads; returns the seconds it took from
  // when all threads were there.
  absl::StatusOr<double> put_all(uint32_t callers, uint32_t puts, uint32_t value_bytes);

  // Made so far.
  uint64_t syncs() const;

 private:
  BareStore() = default;

  std::shared_ptr<rocksdb::Statistics> statistics_;
  std::unique_ptr<rocksdb::DB> db_;
  uint32_t round_ = 0;
};

}  // namespace tocsin::storage_bench
