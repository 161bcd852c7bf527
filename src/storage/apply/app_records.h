// What the records about apps do: an app, its keys, its settings.
//
// Thread: the storage thread.
// Bound: keys_per_app_max.
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Create or replace; keys and settings that the app already has stay. INVALID_ARGUMENT for a record
// that is not an app.
absl::Status create_app(const internal::AppCreated& record, const ApplyParts& parts,
                        ApplyStep& step);
// Changes nothing for an unknown app or one key too many. INVALID_ARGUMENT for a key without an id
// or with a hash of the wrong length, or for no change at all.
absl::Status change_app(const internal::AppChanged& record, const ApplyParts& parts,
                        ApplyStep& step);

}  // namespace tocsin::storage
