// What a folder takes on disk, and when RocksDB's own threads are done with it.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <string>

namespace tocsin::bench::storage_bench {

// Bytes of all files below `folder`.
uint64_t bytes_of_folder(const std::string& folder);

// As stat(1) calls it, "ext2/ext3", "tmpfs", or "unknown": on what a sync may be no sync at all.
std::string file_system_of(const std::string& folder);

// Return when for two seconds the folder has not changed in size and this process has used next to
// no CPU, so that no compaction is under way; or after five minutes.
void wait_until_at_rest(const std::string& folder);

}  // namespace tocsin::bench::storage_bench
