// StoreCheck: reads everything on disk, log and store, offline and reports all that is wrong.
//
// Nothing is changed. The log's lock is held meanwhile, so no tocsind can run on what is checked.
//
//   log        every byte, each record's checksum, position and form
//   store      RocksDB's checksums of all files, then every row of every family:
//              meta and apps -> devices -> ordinals -> messages with books -> sets -> inbox ->
//              collapse, idempotency, schedules, details
//   both       the log covers the store's position
//
// Thread: one owner; it takes as long as reading everything.
// Bound: 64 MB for a log file, plus what tables/derived_sets.h and store_under_check.h say.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

#include "cluster/check_report.h"
#include "cluster/log_check.h"

namespace tocsin::storage {

struct CheckSummary {
  cluster::LogSummary log;
  cluster::Position position = 0;  // the store's
  uint64_t rows = 0;
  uint64_t devices = 0;
  uint64_t messages = 0;
};

// NOT_FOUND: there is no log. FAILED_PRECONDITION: a process has it open, or it is of another
// format version. UNAVAILABLE: the disk. Anything else that is wrong is a finding in `report`.
absl::StatusOr<CheckSummary> check_data(const std::string& log_folder,
                                        const std::string& store_folder,
                                        cluster::CheckReport& report);

}  // namespace tocsin::storage
