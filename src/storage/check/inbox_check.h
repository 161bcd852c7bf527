// InboxCheck: the rows of `inbox`: each waits for a device of the message's app, and its message
// exists and has no other outcome on that device.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Needs the passes over `meta` and `casts`.
void check_inbox(StoreUnderCheck& checked);

}  // namespace tocsin::storage
