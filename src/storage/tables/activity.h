// Activity: what happened in each app, minute by minute and hour by hour: the rows behind series.
//
// A record says what it did to ActivityChanges; one row a minute and one an hour are read and
// written with its batch, so a record counts once, however often the process dies. The time is the
// record's. Rows go activity_minutes_ms and activity_hours_ms later (expiry.h).
//
// Thread: the storage lane.  Bound: two rows an app and record; series_steps_max rows an answer.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "storage/storage.h"
#include "storage/store/keys.h"
#include "storage/store/store.h"

namespace tocsin::storage {

class ActivityChanges {
 public:
  // What the record adds for an app.
  Activity& of(AppId app) { return by_app_[app]; }
  // Count at this time instead of the log's.
  void set_time(uint64_t at_ms) { at_ms_ = at_ms; }

  // Enter everything into the rows of its time, which is `log_time_ms` unless set_time() was
  // called.
  absl::Status write(uint64_t log_time_ms, const Store& store, Store::Batch& batch) const;

 private:
  std::map<AppId, Activity> by_app_;
  uint64_t at_ms_ = 0;  // 0: not set
};

// The steps that begin in a range of at most series_steps_max of them.
absl::StatusOr<std::vector<Activity>> read_activity(const Store& store, AppId app,
                                                    const Storage::ActivityRange& range);

}  // namespace tocsin::storage
