// DetailCheck: the rows of `details`, one by one, against their messages.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Needs the pass over `casts`.
void check_details(StoreUnderCheck& checked);

}  // namespace tocsin::storage
