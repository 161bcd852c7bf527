// Schedules: calls that wait for their time. Storage keeps them and says which are due; their
// content, and sending them, is the dispatcher's business.
//
// A schedule has the id that its message will have, so nothing is sent twice however often
// dispatchers try: the record that accepts the message ends the schedule, and after it the schedule
// cannot come back.
//
//   put --(put again)--> waiting --MessageAccepted with its id--> a message
//                           \----------removed--> nothing
//
// Thread: the storage thread.
// Bound: schedules_per_app_max (the dispatcher's).
#pragma once

#include <cstdint>
#include <optional>

#include <absl/status/statusor.h>

#include "base/ids.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// DATA_LOSS, for what is stored as a schedule and is none.
absl::Status unreadable_schedule(MessageId message);

// nullopt: the app has no such schedule.
absl::StatusOr<std::optional<internal::Scheduled>> find_schedule(const Store& store, AppId app,
                                                                 MessageId message);
absl::StatusOr<uint64_t> count_schedules(const Store& store, AppId app);

}  // namespace tocsin::storage
