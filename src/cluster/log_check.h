// LogCheck: an embedded log read from end to end without changing a byte of it.
//
// Recovery (log_folder.h) stops at the first damage, because tocsind must not start on it; this
// goes on after it and reports all of it. A torn tail is a note: the next start cuts it off.
//
// Thread: one owner.
// Bound: one file of log_file_bytes_max in memory.
#pragma once

#include <cstdint>
#include <functional>

#include <absl/status/statusor.h>

#include "cluster/check_report.h"
#include "cluster/log_file.h"
#include "cluster/log_folder.h"

namespace tocsin::cluster {

struct LogSummary {
  uint64_t files = 0;
  uint64_t records = 0;
  Position first = 1;
  Position last = 0;     // first - 1 when there is no record
  bool damaged = false;  // then nobody knows where the log would have ended
};

// Called for every record that can be read, in order.
using OnLogRecord = std::function<void(const LogRecordView&)>;

// Check every byte of the log in `folder`. FAILED_PRECONDITION for a file of another format,
// UNAVAILABLE when the folder cannot be listed: nothing can then be said about it.
absl::StatusOr<LogSummary> check_log(const LogFolder& folder, const OnLogRecord& on_record,
                                     CheckReport& report);

}  // namespace tocsin::cluster
