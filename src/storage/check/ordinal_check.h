// OrdinalCheck: the rows of `ordinals`, which say which device has each place, against the device
// rows.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Needs the passes over `meta` and `devices`.
void check_ordinals(StoreUnderCheck& checked);

}  // namespace tocsin::storage
