// SetCheck: the rows of `sets`: each is a set of existing devices, and the set that the device rows
// or the messages imply.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"
#include "storage/tables/derived_sets.h"

namespace tocsin::storage {

// Needs the passes over `meta`, `devices` and `casts`; takes all sets out of `derived`.
void check_sets(StoreUnderCheck& checked, DerivedSets& derived);

}  // namespace tocsin::storage
