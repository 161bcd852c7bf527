#include "storage/store/store_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "base/limits.h"
#include "storage/store/expiry_filters.h"
#include "storage/store/keys.h"
#include "storage/store/set_merge_operator.h"
#include "storage/store/store_log.h"

namespace tocsin::storage {
namespace {

constexpr int background_jobs = 2;
constexpr size_t arena_block_bytes = 256 * 1024;
constexpr double bloom_bits_per_key = 10;
// The cache has 2^this parts, each of which must hold what is looked up together: RocksDB's own
// choice for 32 MB is 64 parts of 512 KB, in which the filter of a large file never stays.
constexpr int cache_shard_bits = 2;
// Pending changes to one set that a reader has to fold before RocksDB folds them on writing.
constexpr size_t successive_merges = 16;
constexpr size_t device_block_bytes = 1024;
constexpr uint64_t seconds_between_filtering = 24 * 3600;

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits_per_key));
  // A lookup reads a few KB of filter and index, however large the file is.
  table.partition_filters = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  return table;
}

// A device that comes back is one lookup of a row among millions: little to read, nothing to
// unpack, and no detour through the cache. Index and filters are whole and in memory, 2.5 bytes per
// device. Older files, with partitioned ones, can still be read.
rocksdb::BlockBasedTableOptions device_table_options(rocksdb::BlockBasedTableOptions table) {
  table.block_size = device_block_bytes;
  table.cache_index_and_filter_blocks = false;
  table.partition_filters = false;
  table.index_type = rocksdb::BlockBasedTableOptions::kBinarySearch;
  return table;
}

rocksdb::ColumnFamilyOptions family_options(const rocksdb::BlockBasedTableOptions& table) {
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = limits::store_write_buffer_bytes_max;
  options.arena_block_size = arena_block_bytes;
  options.max_write_buffer_number = 3;
  options.level_compaction_dynamic_level_bytes = true;
  return options;
}

}  // namespace

rocksdb::DBOptions store_options() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.atomic_flush = true;
  options.db_write_buffer_size = limits::store_write_buffers_bytes_max;
  options.max_open_files = limits::store_files_open_max;
  options.max_background_jobs = background_jobs;
  options.info_log = make_store_log();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> store_families(
    const std::shared_ptr<const LogTime>& log_time) {
  const auto cache = rocksdb::NewLRUCache(limits::store_cache_bytes_max, cache_shard_bits);
  const rocksdb::BlockBasedTableOptions table = table_options(cache);
  rocksdb::ColumnFamilyOptions plain = family_options(table);
  // So that what was deleted is gone from the files a few days later.
  plain.periodic_compaction_seconds = seconds_between_filtering;
  rocksdb::ColumnFamilyOptions devices = family_options(device_table_options(table));
  devices.periodic_compaction_seconds = plain.periodic_compaction_seconds;
  devices.compression = rocksdb::kNoCompression;
  devices.optimize_filters_for_hits = true;  // the device asked for nearly always exists
  rocksdb::ColumnFamilyOptions sets = plain;
  sets.merge_operator = make_set_merge_operator();
  sets.max_successive_merges = successive_merges;
  sets.compaction_filter_factory = make_set_filter(log_time);
  rocksdb::ColumnFamilyOptions inbox = plain;
  inbox.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(inbox_prefix_bytes));
  inbox.memtable_prefix_bloom_size_ratio = 0.02;
  inbox.compaction_filter_factory = make_inbox_filter(log_time);
  rocksdb::ColumnFamilyOptions casts = plain;
  casts.compaction_filter_factory = make_message_filter(log_time);
  rocksdb::ColumnFamilyOptions collapse = plain;
  collapse.compaction_filter_factory = make_collapse_filter(log_time);
  rocksdb::ColumnFamilyOptions idempotency = plain;
  idempotency.compaction_filter_factory = make_idempotency_filter(log_time);
  rocksdb::ColumnFamilyOptions details = plain;
  details.compaction_filter_factory = make_detail_filter(log_time);
  return {{rocksdb::kDefaultColumnFamilyName, plain},
          {"devices", devices},
          {"sets", sets},
          {"inbox", inbox},
          {"casts", casts},
          {"apps", plain},
          {"meta", plain},
          {"ordinals", plain},
          {"collapse", collapse},
          {"idempotency", idempotency},
          {"schedule", plain},
          {"details", details},
          {"webhooks", plain}};
}

}  // namespace tocsin::storage
