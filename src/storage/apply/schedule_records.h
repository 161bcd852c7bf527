// What the record about a schedule does.
//
// Thread: the storage thread.
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// INVALID_ARGUMENT for a record that is not a schedule. Putting a schedule whose message is already
// accepted, or removing one that does not exist, changes nothing.
absl::Status change_schedule(const internal::ScheduleChanged& record, const ApplyParts& parts,
                             ApplyStep& step);

// The message is accepted: remove its schedule, if there is one.
absl::Status end_schedule(AppId app, MessageId message, const Store& store, Batch& batch);

}  // namespace tocsin::storage
