// How RocksDB is set up: memory, files, threads, merge operator and compaction filters.
//
// Modest on purpose: in the default set-up the same process holds a million idle connections.
//
// Thread: called once, when the store is opened.
#pragma once

#include <memory>
#include <vector>

#include <rocksdb/db.h>

#include "storage/store/expiry.h"

namespace tocsin::storage {

rocksdb::DBOptions store_options();

// One descriptor per Family, in its order.
std::vector<rocksdb::ColumnFamilyDescriptor> store_families(
    const std::shared_ptr<const LogTime>& log_time);

}  // namespace tocsin::storage
