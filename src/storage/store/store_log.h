// StoreLog: what RocksDB has to say, as lines of the process's log.
//
// RocksDB would write a file of its own beside the store. That file cannot grow when the disk is
// full, and Debian's library, built with assertions, ends the process at the line after one that
// could not be written: a full disk would take tocsind down instead of being waited out.
//
// Thread: any of RocksDB's threads.
#pragma once

#include <memory>

#include <rocksdb/env.h>

namespace tocsin::storage {

// Errors only.
std::shared_ptr<rocksdb::Logger> make_store_log();

}  // namespace tocsin::storage
