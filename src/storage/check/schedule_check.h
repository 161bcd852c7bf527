// ScheduleCheck: the rows of `schedule`: each schedule is in the order of due time once, and the
// counts are those of the rows.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Requires that apps and messages were checked.
void check_schedules(StoreUnderCheck& checked);

}  // namespace tocsin::storage
