// ScheduleCheck: the rows of `schedule`: each schedule is in the order of due time once, and the
// counts match the rows.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Needs the passes over `apps` and `casts`.
void check_schedules(StoreUnderCheck& checked);

}  // namespace tocsin::storage
