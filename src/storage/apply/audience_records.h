// What the record of an uploaded audience does.
//
// Thread: the storage thread.
#pragma once

#include <absl/status/status.h>

#include "storage/store/batch.h"
#include "storage/tables/registry.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// INVALID_ARGUMENT for a record that names no audience. Devices that the app does not have are left
// out.
absl::Status change_audience(const internal::AudienceChanged& record, const Store& store,
                             const Registry& registry, Batch& batch);

}  // namespace tocsin::storage
