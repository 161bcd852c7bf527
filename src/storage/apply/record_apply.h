// RecordApply: what a log record does to the store. The only place that changes it.
//
// One record is one atomic batch with its position. Nothing in here reads a clock or anything else
// that is not in the log and the store, so every replica that applies the same log holds the same
// rows. (Which casts are still worth keeping in memory is not state, and may depend on the clock.)
//
// Thread: the storage thread.
#pragma once

#include <optional>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "cluster/log.h"
#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

class RecordApply {
 public:
  explicit RecordApply(const ApplyParts& parts) : parts_(parts) {}

  // Apply the record behind store.state().position and add to `applied`. DATA_LOSS, naming the
  // position, when the record cannot be read: nothing more may be applied. Any other error: nothing
  // has changed, try again.
  absl::Status apply(const cluster::LogEntry& entry, Applied& applied);

 private:
  absl::Status dispatch(const internal::Record& record, ApplyStep& step);
  // A session's tags as they are after the record.
  static absl::Status tell_tags(absl::StatusOr<std::optional<Device>> changed, ApplyStep& step);
  absl::Status remove_devices(const internal::DevicesDeleted& record, ApplyStep& step);
  absl::Status mark_seen(const internal::DevicesSeen& record, ApplyStep& step);

  ApplyParts parts_;
};

}  // namespace tocsin::storage
