// The pass over the events that wait for webhooks, and the dead letters.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Requires that the apps were checked.
void check_webhooks(StoreUnderCheck& checked);

}  // namespace tocsin::storage
