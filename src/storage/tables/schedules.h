// Schedules: calls that wait for their time. Storage keeps them and says which are due; what is in
// them, and sending them, is the dispatcher's.
//
// A schedule has the id that its message will have, so nothing is sent twice however often
// dispatchers try: the record that accepts the message ends the schedule, and behind it the
// schedule cannot come back.
//
//   put --(put again)--> waiting --MessageAccepted with its id--> a message
//                           \----------removed--> nothing
//
// Thread: the storage lane.  Bound: schedules_per_app_max (the dispatcher's).
#pragma once

#include <vector>

#include <absl/status/statusor.h>

#include "storage/apply/apply_step.h"
#include "storage/storage.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// INVALID_ARGUMENT for a record that is none. To put one whose message is accepted already, and to
// remove one that is not there, changes nothing.
absl::Status change_schedule(const internal::ScheduleChanged& record, const ApplyParts& parts,
                             ApplyStep& step);

// Its message is accepted: remove it, if there is one.
absl::Status end_schedule(AppId app, MessageId message, const Store& store, Store::Batch& batch);

// NOT_FOUND: the app has no such schedule.
absl::StatusOr<Schedule> read_schedule(const Store& store, AppId app, MessageId message);
// Those behind `after`, in the order of their ids, at most `max`.
absl::StatusOr<std::vector<Schedule>> read_schedules(const Store& store, AppId app, MessageId after,
                                                     size_t max);
// Those of all apps that are due at `until_ms`, the one that is due first first, at most `max`.
absl::StatusOr<std::vector<Schedule>> read_due_schedules(const Store& store, uint64_t until_ms,
                                                         size_t max);
absl::StatusOr<uint64_t> count_schedules(const Store& store, AppId app);

}  // namespace tocsin::storage
