// What the record of a schedule does.
//
// Thread: the storage thread.
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// INVALID_ARGUMENT for a record that is none. To put one whose message is accepted already, and to
// remove one that is not there, changes nothing.
absl::Status change_schedule(const internal::ScheduleChanged& record, const ApplyParts& parts,
                             ApplyStep& step);

// Its message is accepted: remove it, if there is one.
absl::Status end_schedule(AppId app, MessageId message, const Store& store, Batch& batch);

}  // namespace tocsin::storage
