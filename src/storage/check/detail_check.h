// DetailCheck: the rows of `details`, one by one, against the messages they are of.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Requires that the messages were checked.
void check_details(StoreUnderCheck& checked);

}  // namespace tocsin::storage
