// Books of a message, read from its sets: targeted = pending + delivered + expired + dropped.
//
// Only what the log says counts, so the sum is exact at any moment and after any crash; an
// acknowledgement shows once its record is applied (ack_linger_ms after it came).
//
// Thread: the storage lane.
#pragma once

#include <absl/status/statusor.h>

#include "storage/messages.h"
#include "storage/storage.h"
#include "storage/store.h"

namespace tocsin::storage {

// NOT_FOUND when the app has no such message, or its report's retention has ended.
absl::StatusOr<Books> read_books(const Store& store, const Messages& messages, AppId app,
                                 MessageId message, uint64_t now_ms);

}  // namespace tocsin::storage
