// Books of a message, read from its sets: targeted = pending + delivered + expired + replaced +
// recalled + dropped; and what became of it on one device.
//
// Only what the log says counts, so the sum is exact at any moment and after any crash; an
// acknowledgement shows once its record is applied (ack_linger_ms after it came).
//
// Thread: the storage lane.
#pragma once

#include <absl/status/statusor.h>

#include "storage/storage.h"
#include "storage/store/store.h"
#include "storage/tables/messages.h"
#include "storage/tables/registry.h"

namespace tocsin::storage {

// NOT_FOUND when the app has no such message, or its report's retention has ended.
absl::StatusOr<Books> read_books(const Store& store, const Messages& messages, AppId app,
                                 MessageId message, uint64_t now_ms);

// What became of a message on one device. NOT_FOUND like read_books(), and when the app has no such
// device.
absl::StatusOr<DeviceFate> read_fate(const Store& store, const Messages& messages,
                                     const Registry& registry, AppId app, MessageId message,
                                     const DeviceId& device, uint64_t now_ms);

}  // namespace tocsin::storage
