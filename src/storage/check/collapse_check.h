// CollapseCheck: the rows of `collapse`, each holding the messages of an app with one collapse key.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Needs the pass over `meta`.
void check_collapse(StoreUnderCheck& checked);

}  // namespace tocsin::storage
