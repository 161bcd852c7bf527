// What the records of apps do: an app, its keys, its settings.
//
// Thread: the storage thread.  Bound: keys_per_app_max.
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Create or replace; keys and settings that the app has stay. INVALID_ARGUMENT for a record that is
// not an app.
absl::Status create_app(const internal::AppCreated& record, const ApplyParts& parts,
                        ApplyStep& step);
// Of an app that is unknown, and of a key too many, nothing. INVALID_ARGUMENT for a key without an
// id or whose hash has a bad length, or for no change at all.
absl::Status change_app(const internal::AppChanged& record, const ApplyParts& parts,
                        ApplyStep& step);

}  // namespace tocsin::storage
