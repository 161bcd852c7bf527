// Compaction filters: what has expired disappears while RocksDB rewrites its files anyway.
//
// They delete only what storage already ignores (expiry.h), so whether and when they run cannot be
// seen from outside.
//
// Thread: RocksDB's compaction threads; each compaction has its own filter.
#pragma once

#include <memory>

#include <rocksdb/compaction_filter.h>

#include "storage/store/expiry.h"

namespace tocsin::storage {

using FilterFactory = std::shared_ptr<rocksdb::CompactionFilterFactory>;

FilterFactory make_inbox_filter(std::shared_ptr<const LogTime> log_time);
FilterFactory make_message_filter(std::shared_ptr<const LogTime> log_time);
FilterFactory make_set_filter(std::shared_ptr<const LogTime> log_time);
FilterFactory make_collapse_filter(std::shared_ptr<const LogTime> log_time);
FilterFactory make_idempotency_filter(std::shared_ptr<const LogTime> log_time);
FilterFactory make_detail_filter(std::shared_ptr<const LogTime> log_time);

}  // namespace tocsin::storage
