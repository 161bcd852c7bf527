// ActivityChanges: what one record adds to what happened in apps, by the minute and by the hour.
//
// Thread: the storage thread.
#pragma once

#include <cstdint>
#include <map>

#include <absl/status/status.h>

#include "base/ids.h"
#include "storage/store/batch.h"

namespace tocsin::storage {

// Counts of an app, as in internal::ActivityRow.
struct Activity {
  uint64_t messages = 0;  // accepted
  uint64_t targeted = 0;  // by them
  uint64_t delivered = 0;
  uint64_t opened = 0;
  uint64_t dropped = 0;
};

class ActivityChanges {
 public:
  // What the record adds for an app.
  Activity& of(AppId app) { return by_app_[app]; }
  // Count at this time instead of the log's.
  void set_time(uint64_t at_ms) { at_ms_ = at_ms; }

  // Enter everything into the rows of its time, which is `log_time_ms` unless set_time() was
  // called.
  absl::Status write(uint64_t log_time_ms, const Store& store, Batch& batch) const;

 private:
  std::map<AppId, Activity> by_app_;
  uint64_t at_ms_ = 0;  // 0: not set
};

}  // namespace tocsin::storage
