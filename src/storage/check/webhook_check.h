// WebhookCheck: the rows of `webhooks`: the events that wait, and the dead letters.
//
// Thread: one owner.
#pragma once

#include "storage/check/store_under_check.h"

namespace tocsin::storage {

// Needs the pass over `apps`.
void check_webhooks(StoreUnderCheck& checked);

}  // namespace tocsin::storage
