// DeviceCheck: the rows of `devices`: each by itself, no place used twice, as many as `meta` says.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"
#include "storage/tables/derived_sets.h"

namespace tocsin::storage {

// Needs the pass over `meta`. Fills known.devices and `derived`.
void check_devices(StoreUnderCheck& checked, DerivedSets& derived);

}  // namespace tocsin::storage
