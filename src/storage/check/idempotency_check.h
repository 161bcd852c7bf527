// IdempotencyCheck: the rows of `idempotency`, one by one.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Needs the pass over `apps`.
void check_idempotency(StoreUnderCheck& checked);

}  // namespace tocsin::storage
