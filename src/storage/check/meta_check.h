// MetaCheck: the rows of `meta` and `apps`, one by one, against themselves and each other.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Fills known.apps, next_ordinals, free_ordinals and device_counts.
void check_meta(StoreUnderCheck& checked);

}  // namespace tocsin::storage
