#include "storage/bare_store.h"

#include <fmt/format.h>
#include <latch>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace tocsin::storage_bench {
namespace {

// As long as the key of a device's message in our store.
std::string key_of(uint32_t round, uint32_t caller, uint32_t number) {
  return fmt::format("{:04x}{:04x}{:08x}", round, caller, number);
}

rocksdb::Status put_some(rocksdb::DB& db, uint32_t round, uint32_t caller, uint32_t puts,
                         const std::string& value) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  for (uint32_t number = 0; number < puts; ++number) {
    const rocksdb::Status status = db.Put(synced, key_of(round, caller, number), value);
    if (!status.ok()) return status;
  }
  return rocksdb::Status::OK();
}

}  // namespace

absl::StatusOr<std::unique_ptr<BareStore>> BareStore::open(const std::string& folder) {
  std::unique_ptr<BareStore> store(new BareStore());
  store->statistics_ = rocksdb::CreateDBStatistics();
  store->statistics_->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.statistics = store->statistics_;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, folder, &db);
  if (!status.ok()) return absl::UnavailableError("bare RocksDB: " + status.ToString());
  store->db_.reset(db);
  return store;
}

absl::StatusOr<double> BareStore::put_all(uint32_t callers, uint32_t puts, uint32_t value_bytes) {
  ++round_;
  const std::string value(value_bytes, 'v');
  std::vector<rocksdb::Status> statuses(callers);
  std::vector<std::thread> threads;
  std::latch all_there(callers + 1);
  for (uint32_t caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&, caller] {
      all_there.arrive_and_wait();
      statuses[caller] = put_some(*db_, round_, caller, puts / callers, value);
    });
  }
  all_there.arrive_and_wait();
  const uint64_t start_ns = monotonic_ns();
  for (std::thread& thread : threads) thread.join();
  const double seconds = static_cast<double>(monotonic_ns() - start_ns) / 1e9;
  for (const rocksdb::Status& status : statuses) {
    if (!status.ok()) return absl::UnavailableError("bare RocksDB: " + status.ToString());
  }
  return seconds;
}

uint64_t BareStore::syncs() const { return statistics_->getTickerCount(rocksdb::WAL_FILE_SYNCED); }

}  // namespace tocsin::storage_bench
