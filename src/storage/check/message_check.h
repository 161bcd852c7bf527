// MessageCheck: the rows of `casts`, and whether the books of each message add up.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Needs the pass over `meta`. Fills known.books and known.messages.
void check_messages(StoreUnderCheck& checked);

}  // namespace tocsin::storage
